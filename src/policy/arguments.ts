/** The arguments of a call in the form that rules use: canonical JSON, independent of order and white space. Pure. */
import { canonical } from '../domain/canonical-json.js';

/** Longer arguments are not remembered: a person could not read them in a list of rules. */
export const MAX_ARGUMENTS = 4_096;

/** @returns the canonical form of a JSON text; undefined when it is not an object */
export function canonicalArguments(json: string): string | undefined {
  try {
    return textOfArguments(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** @returns the canonical form; undefined when the value is not an object, or is nested too deep to compare */
export function textOfArguments(args: unknown): string | undefined {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return undefined;
  try {
    return canonical(args);
  } catch {
    return undefined;
  }
}
