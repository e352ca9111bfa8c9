/**
 * Properties of a JSON Schema under names that every provider accepts, with the way back. Anthropic refuses a request in
 * which a property is called otherwise. Pure.
 */
import { requiredNames } from './combinators.js';
import { isJsonObject, type Json, type Note } from './references.js';
import { type Node, NULLS } from './shape.js';

/** What must be put back into arguments before a tool gets them. */
export interface Hidden {
  /** What a property is called, by the name that the model was told. */
  readonly names: ReadonlyMap<string, string>;
  /** Properties that the tool requires and that are null when the model leaves them out. */
  readonly nulls: readonly string[];
}

/** `hidden` gets what must be put back, by the object of the result that it belongs to. */
export function withSafeNames(node: Node, hidden: Map<unknown, Hidden>, note: Note): Json {
  const { [NULLS]: nulls = [], ...rest } = node;
  const again = (one: unknown): unknown => (isJsonObject(one) ? withSafeNames(one, hidden, note) : one);
  const names = namesFor(isJsonObject(rest.properties) ? Object.keys(rest.properties) : []);
  for (const [name, safe] of names) note(`${JSON.stringify(name.slice(0, 80))} is called ${safe}`);
  const safeOf = (name: string): string => names.get(name) ?? name;
  const entries = Object.entries(rest).map(([key, value]): [string, unknown] => {
    if (key === 'properties' && isJsonObject(value)) {
      return [key, Object.fromEntries(Object.entries(value).map(([name, one]) => [safeOf(name), again(one)]))];
    }
    if (key === 'required') return [key, requiredNames(value).map(safeOf)];
    if (key === 'anyOf' && Array.isArray(value)) return [key, value.map(again)];
    return [key, key === 'items' || key === 'additionalProperties' ? again(value) : value];
  });
  const result = Object.fromEntries(entries);
  if (names.size > 0 || nulls.length > 0) {
    hidden.set(result, { names: new Map([...names].map(([name, safe]) => [safe, name])), nulls });
  }
  return result;
}

// ---

const ACCEPTED = /^[a-zA-Z0-9_.-]{1,64}$/;

/** A name for each that is not accepted. */
function namesFor(given: readonly string[]): Map<string, string> {
  const taken = new Set(given.filter((name) => ACCEPTED.test(name)));
  const names = new Map<string, string>();
  for (const name of given) {
    if (ACCEPTED.test(name)) continue;
    const plain =
      name
        .replace(/[^a-zA-Z0-9_.-]+/g, '_')
        .replace(/^_+|_+$/g, '')
        .slice(0, 56) || 'value';
    let safe = plain;
    for (let n = 2; taken.has(safe); n++) safe = `${plain}_${n}`;
    taken.add(safe);
    names.set(name, safe);
  }
  return names;
}
