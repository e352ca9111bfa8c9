/** The arguments of a call as a rule names them: canonical JSON, so that their order and blanks do not count. Pure. */
import { canonical } from '../domain/canonical-json.js';

/** Longer ones are not remembered: a person could not read them in a list of rules. */
export const MAX_ARGUMENTS = 4_096;

/** Of a JSON text; undefined: it is no object. */
export function canonicalArguments(json: string): string | undefined {
  try {
    return textOfArguments(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** @returns undefined when it is not an object, or is nested too deep to compare. */
export function textOfArguments(args: unknown): string | undefined {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return undefined;
  try {
    return canonical(args);
  } catch {
    return undefined;
  }
}
