/**
 * The schema of a tool's arguments as it is told to a model: in the words that the APIs of all providers accept, so that
 * one unusual schema does not make every request invalid, and the same tools go to each model of a fallback chain. The
 * way back for what the model sends. Pure; the same schema always gives the same bytes, which prompt caches need.
 */
import { requiredNames, withoutAllOf } from './schema-combinators.js';
import { type Hidden, withSafeNames } from './schema-names.js';
import { isJsonObject, type Json, type Note, writeOutReferences } from './schema-references.js';
import { type Node, ROOT, shape } from './schema-shape.js';
import { typesOf } from './schema-types.js';

export interface ToldSchema {
  readonly schema: Json;
  /** For a person: what is told differently, or not at all. */
  readonly changes: readonly string[];
  /** What must be put back into arguments, by the object of the schema that they are written for. */
  readonly hidden: ReadonlyMap<unknown, Hidden>;
}

const MAX_CHANGES = 20;
const MAX_CHANGE_CHARS = 300;
const told = new WeakMap<object, ToldSchema>();

/** Made once for each schema: it is asked for with every request. */
export function normaliseParameters(parameters: unknown): ToldSchema {
  if (!isJsonObject(parameters)) return normalise({});
  let found = told.get(parameters);
  if (!found) {
    found = normalise(parameters);
    told.set(parameters, found);
  }
  return found;
}

/** The arguments under the names that the tool knows. */
export function restoreArguments({ schema, hidden }: Pick<ToldSchema, 'schema' | 'hidden'>, args: unknown): unknown {
  return hidden.size === 0 ? args : restored(schema, args, hidden);
}

// ---

function normalise(parameters: Json): ToldSchema {
  const changes = new Set<string>();
  const note = (change: string): void => void changes.add(change);
  const root = asObject(withoutAllOf(writeOutReferences(parameters, note)), note);
  const shaped: Node = shape(root, ROOT, note).schema ?? {};
  const hidden = new Map<unknown, Hidden>();
  const schema = withSafeNames({ ...shaped, type: 'object', properties: shaped.properties ?? {} }, hidden, note);
  return { schema, changes: bounded([...changes]), hidden };
}

/** Arguments are an object, whatever the schema says. */
function asObject(root: Json, note: Note): Json {
  const { types } = typesOf(root, ROOT, note);
  if (types.length === 0 || types.includes('object')) return { ...root, type: 'object' };
  note(`${ROOT} are no object and may be anything`);
  return { type: 'object' };
}

function bounded(changes: readonly string[]): string[] {
  const more = changes.length - MAX_CHANGES;
  const shown = changes.slice(0, MAX_CHANGES).map((change) => change.slice(0, MAX_CHANGE_CHARS).toWellFormed());
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

function restored(schema: Json, value: unknown, hidden: ToldSchema['hidden']): unknown {
  const fitting = Array.isArray(schema.anyOf) ? chosen(schema.anyOf, value) : schema;
  if (!isJsonObject(fitting)) return value;
  const { items, properties, additionalProperties } = fitting;
  if (Array.isArray(value)) return isJsonObject(items) ? value.map((one) => restored(items, one, hidden)) : value;
  if (!isJsonObject(value)) return value;
  const { names, nulls = [] } = hidden.get(fitting) ?? {};
  const entries = Object.entries(value).map(([name, one]): [string, unknown] => {
    const known = isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    return [names?.get(name) ?? name, isJsonObject(known) ? restored(known, one, hidden) : one];
  });
  const given = new Set(entries.map(([name]) => name));
  const missing = nulls.filter((name) => !given.has(name)).map((name): [string, unknown] => [name, null]);
  return Object.fromEntries([...entries, ...missing]);
}

/** The first alternative of the value's kind that has all that it requires. */
function chosen(alternatives: readonly Json[], value: unknown): Json | undefined {
  const kind = alternatives.filter(({ type }) => type === (Array.isArray(value) ? 'array' : 'object'));
  const complete = kind.find(
    ({ required }) => isJsonObject(value) && requiredNames(required).every((name) => name in value),
  );
  return complete ?? kind[0];
}
