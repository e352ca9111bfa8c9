/**
 * One node of a JSON Schema in the words that every provider accepts: one type, the limits of that type, `anyOf` for
 * alternatives. What they do not all accept is said in the description instead. Pure.
 */
import { canonical } from './canonical-json.js';
import { alternativesOf, isObjectSchema, mergedObject, requiredNames, withoutAllOf } from './schema-combinators.js';
import { isJsonObject, type Json, type Note } from './schema-references.js';
import { isOfType, typesOf } from './schema-types.js';
import { described, limitsOf, UNUSED } from './schema-words.js';

/** On an object: the keys that must be there and may be null. The model leaves them out instead. */
export const NULLS: unique symbol = Symbol('nulls');

export type Node = Json & { readonly [NULLS]?: readonly string[] };

/** `schema` is undefined where no value but null is allowed. */
export interface Shaped {
  readonly schema: Node | undefined;
  readonly nullable: boolean;
}

/** `at`: where it is, for the notes. */
export function shape(raw: unknown, at: string, note: Note): Shaped {
  if (raw === false) return { schema: undefined, nullable: false };
  if (!isJsonObject(raw)) return { schema: {}, nullable: false };
  const own = withoutAllOf(raw);
  const alternatives = alternativesOf(own);
  if (alternatives === undefined) return shapeTypes(own, at, note);
  if (isObjectSchema(own)) {
    note(`${at}: its alternatives are merged into one object`);
    return shapeTypes(mergedObject(own), at, note);
  }
  if (own.type !== undefined || own.enum !== undefined || own.items !== undefined) {
    note(`${at}: its alternatives are left out`);
    const { anyOf: _, oneOf: __, ...alone } = own;
    return shapeTypes(alone, at, note);
  }
  const shaped = alternatives.map((one) => shape(one, at, note));
  return {
    schema: eitherOf(
      shaped.flatMap(({ schema }) => (schema ? [schema] : [])),
      annotationsOf(own),
    ),
    nullable: own.nullable === true || shaped.some(({ nullable }) => nullable),
  };
}

// ---

function shapeTypes(own: Json, at: string, note: Note): Shaped {
  const { types, nullable, onlyNull, values } = typesOf(own, at, note);
  const unused = Object.keys(own).filter((key) => UNUSED.has(key));
  if (unused.length > 0) note(`${at}: left out: ${unused.join(', ')}`);
  const annotations = annotationsOf(own);
  if (types.length === 0) return { schema: onlyNull ? undefined : annotations, nullable };
  const variants = types.flatMap((type) => {
    const those = types.length === 1 ? values : values?.filter((value) => isOfType(value, type));
    return those?.length === 0 && types.length > 1 ? [] : [shapeOne({ ...own, type, enum: those }, at, note)];
  });
  return { schema: eitherOf(variants, annotations), nullable };
}

function shapeOne(own: Json, at: string, note: Note): Node {
  if (own.type === 'object') return shapeObject(own, at, note);
  if (own.type === 'array') return shapeArray(own, at, note);
  return limitsOf(own, at, note);
}

function shapeObject(own: Json, at: string, note: Note): Node {
  const nulls: string[] = [];
  const properties: [string, Node][] = [];
  const required = new Set(requiredNames(own.required));
  for (const [name, one] of Object.entries(isJsonObject(own.properties) ? own.properties : {})) {
    const path = at === ROOT ? name : `${at}.${name}`;
    const { schema, nullable } = shape(one, path, note);
    if (nullable && required.has(name)) nulls.push(name);
    if (schema) properties.push([name, schema]);
    else note(`${path} is left out: no value but null is allowed`);
  }
  const absent = [...required].filter((name) => !(isJsonObject(own.properties) && Object.hasOwn(own.properties, name)));
  if (absent.length > 0) note(`${at}: it requires ${absent.join(', ')}, which it does not have`);
  if (nulls.length > 0) note(`${at}: ${nulls.join(', ')} may be left out instead of null`);
  const told = new Set(properties.map(([name]) => name));
  const needed = [...required].filter((name) => told.has(name) && !nulls.includes(name));
  const more = own.additionalProperties;
  return {
    ...limitsOf(own, at, note),
    ...(properties.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
    ...(needed.length > 0 ? { required: needed } : {}),
    ...(typeof more === 'boolean' ? { additionalProperties: more } : {}),
    ...(isJsonObject(more) ? { additionalProperties: shape(more, `${at}.*`, note).schema ?? true } : {}),
    ...(nulls.length > 0 ? { [NULLS]: nulls } : {}),
  };
}

/** An empty schema as `items` is accepted by all of them, and says no more than was said. */
function shapeArray(own: Json, at: string, note: Note): Node {
  const tuple = [own.prefixItems, own.items].find(Array.isArray);
  if (tuple) note(`${at}: the schemas of its positions are merged into one for all items`);
  else if (!isJsonObject(own.items)) note(`${at}: its items may be anything`);
  const items = tuple ? { anyOf: tuple } : own.items;
  const none = tuple?.length === 0;
  return { ...limitsOf(own, at, note), items: none ? {} : (shape(items, `${at}[]`, note).schema ?? {}) };
}

/** The place of the arguments as a whole. */
export const ROOT = 'the arguments';

/** Words that may stand beside everything. */
function annotationsOf({ description, title, default: standard }: Json): Node {
  const isText = (text: unknown): text is string => typeof text === 'string' && text !== '';
  const sendable = standard !== undefined && standard !== null && !LONE_SURROGATE.test(JSON.stringify(standard));
  return described(
    {},
    {
      ...(isText(title) ? { title } : {}),
      ...(isText(description) ? { description } : {}),
      ...(sendable ? { default: standard } : {}),
    },
  );
}

/** As JSON writes it. */
const LONE_SURROGATE = /\\ud[89a-f]/i;

function eitherOf(schemas: readonly Node[], annotations: Node): Node {
  const flat = schemas.flatMap((one) => (isBare(one, 'anyOf') ? (one.anyOf as Node[]) : [one]));
  const distinct = [...new Map(flat.map((one) => [canonical(one), one])).values()];
  const [first] = distinct;
  if (first === undefined) return annotations;
  if (distinct.length === 1) return described(first, annotations);
  if (distinct.some((one) => one.type === undefined && one.anyOf === undefined)) return annotations;
  if (distinct.every((one) => isBare(one, 'type', 'enum'))) {
    const all = new Set(distinct.flatMap((one) => one.enum as unknown[]));
    return described({ type: 'string', enum: [...all] }, annotations);
  }
  return described({ anyOf: distinct }, annotations);
}

/** It says that and nothing else. */
function isBare(schema: Node, ...words: readonly string[]): boolean {
  const keys = Object.keys(schema);
  return keys.length === words.length && words.every((word) => keys.includes(word));
}
