/**
 * Writes the references of a JSON Schema out: no provider is sure to follow a `$ref`. A reference that contains itself, or
 * that makes the schema too large, becomes an open object. Pure.
 */

export type Json = Readonly<Record<string, unknown>>;

/** Says once each what was changed. */
export type Note = (change: string) => void;

/** Characters that all references together may add: a few kilobytes of references to references grow without limit. */
const MAX_INLINED = 64 * 1024;
const MAX_DEPTH = 16;
const MAX_REFERENCES = 8;

export function isJsonObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function writeOutReferences(root: Json, note: Note): Json {
  const inlining: Inlining = { root, note, room: MAX_INLINED };
  return inline(root, { inlining, within: [], depth: 0 }) as Json;
}

// ---

interface Inlining {
  readonly root: Json;
  readonly note: Note;
  room: number;
}

interface Place {
  readonly inlining: Inlining;
  /** The references that lead here. */
  readonly within: readonly string[];
  readonly depth: number;
}

/** What holds one schema, a list of schemas, or a map of schemas. Everything else is copied as it is. */
const ONE: ReadonlySet<string> = new Set(['items', 'additionalProperties']);
const MANY: ReadonlySet<string> = new Set(['items', 'prefixItems', 'allOf', 'anyOf', 'oneOf']);

function inline(schema: unknown, place: Place): unknown {
  if (!isJsonObject(schema)) return schema;
  const { inlining, within, depth } = place;
  if (depth > MAX_DEPTH) {
    inlining.note(`what is nested more than ${MAX_DEPTH} deep may be anything`);
    return {};
  }
  if (within.length > 0) inlining.room -= costOf(schema);
  if (typeof schema.$ref === 'string') return follow(schema, schema.$ref, place);
  const below = { ...place, depth: depth + 1 };
  const entries = Object.entries(schema).map(([key, value]): [string, unknown] => {
    if (MANY.has(key) && Array.isArray(value)) return [key, value.map((one) => inline(one, below))];
    if (ONE.has(key)) return [key, inline(value, below)];
    if (key !== 'properties' || !isJsonObject(value)) return [key, value];
    return [key, Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inline(one, below)]))];
  });
  return Object.fromEntries(entries);
}

function follow({ $ref: _, ...beside }: Json, reference: string, { inlining, within, depth }: Place): unknown {
  const target = targetOf(inlining.root, reference);
  if (!isJsonObject(target)) {
    if (target !== true) inlining.note(`${reference} leads nowhere and may be anything`);
    return beside;
  }
  if (within.includes(reference) || within.length >= MAX_REFERENCES || inlining.room <= 0) {
    inlining.note(`${reference} is cut where it repeats`);
    const isObject = target.type === 'object' || target.properties !== undefined;
    return isObject ? { ...beside, type: 'object' } : beside;
  }
  inlining.note('references are written out');
  return inline({ ...target, ...beside }, { inlining, within: [...within, reference], depth });
}

/** Only places in the same document: nothing is fetched. */
function targetOf(root: Json, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined;
  let at: unknown = root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    const key = unescaped(step);
    if (Array.isArray(at)) at = at[Number(key)];
    else at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return at;
}

function unescaped(step: string): string {
  const plain = step.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

/** What a schema says itself; the schemas in it are counted on their own. */
function costOf(schema: Json): number {
  const own = Object.entries(schema).filter(([key]) => key !== 'properties' && !ONE.has(key) && !MANY.has(key));
  return 20 + JSON.stringify(own).length;
}
