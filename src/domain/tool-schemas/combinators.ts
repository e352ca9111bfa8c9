/**
 * `allOf`, `anyOf` and `oneOf` of a JSON Schema, taken apart: providers refuse them at the root of a tool's arguments, and
 * `allOf` in many places. The result accepts at least what the original accepts. Pure.
 */
import { canonical } from '../canonical-json.js';
import { isJsonObject, type Json } from './references.js';

/** One schema instead of a schema and those that must hold with it. */
export function withoutAllOf(schema: Json): Json {
  if (!('allOf' in schema)) return schema;
  const { allOf, ...own } = schema;
  return (Array.isArray(allOf) ? allOf : []).filter(isJsonObject).map(withoutAllOf).reduce(both, own);
}

/** The alternatives of a schema, those of its alternatives among them; undefined when it has none. */
export function alternativesOf(schema: Json): readonly unknown[] | undefined {
  const list = [schema.anyOf, schema.oneOf].find((one) => Array.isArray(one) && one.length > 0);
  return Array.isArray(list) ? list : undefined;
}

/** Whether it describes an object, whatever its alternatives say. */
export function isObjectSchema({ type, properties }: Json): boolean {
  return type === 'object' || (type === undefined && isJsonObject(properties));
}

/** An object with the properties of all alternatives; it needs what it needs itself and what every alternative needs. */
export function mergedObject(schema: Json): Json {
  const { anyOf: _, oneOf: __, ...own } = schema;
  const variants = objectsIn(alternativesOf(schema) ?? []);
  const found = new Map<string, unknown[]>();
  for (const { properties } of variants) {
    for (const [name, one] of entriesOf(properties)) found.set(name, [...(found.get(name) ?? []), one]);
  }
  const more = [...found].map(([name, all]): [string, unknown] => [name, eitherOf(all)]);
  const needed = variants.map(({ required }) => requiredNames(required));
  const always = (needed[0] ?? []).filter((name) => needed.every((names) => names.includes(name)));
  return {
    ...own,
    type: 'object',
    properties: Object.fromEntries([
      ...entriesOf(own.properties),
      ...more.filter(([name]) => !hasName(own.properties, name)),
    ]),
    required: [...new Set([...requiredNames(own.required), ...always])],
  };
}

export function requiredNames(required: unknown): string[] {
  return Array.isArray(required) ? required.filter((one) => typeof one === 'string') : [];
}

// ---

function both(first: Json, second: Json): Json {
  const entries = new Map(entriesOf(first.properties));
  for (const [name, one] of entriesOf(second.properties)) {
    const before = entries.get(name);
    const same = before === undefined || canonical(before) === canonical(one);
    entries.set(name, same ? one : { allOf: [before, one] });
  }
  const required = [...new Set([...requiredNames(first.required), ...requiredNames(second.required)])];
  return {
    ...second,
    ...first,
    ...(entries.size > 0 ? { properties: Object.fromEntries(entries) } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
}

/** The alternatives that can be an object; an alternative of alternatives counts as each of them. */
function objectsIn(alternatives: readonly unknown[]): Json[] {
  return alternatives
    .filter(isJsonObject)
    .map(withoutAllOf)
    .filter(({ type }) => type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object')))
    .flatMap((one) => (alternativesOf(one) ? [mergedObject(one)] : [one]));
}

function eitherOf(schemas: readonly unknown[]): unknown {
  const distinct = [...new Map(schemas.map((one) => [canonical(one), one])).values()];
  return distinct.length === 1 ? distinct[0] : { anyOf: distinct };
}

function entriesOf(map: unknown): [string, unknown][] {
  return isJsonObject(map) ? Object.entries(map) : [];
}

function hasName(map: unknown, name: string): boolean {
  return isJsonObject(map) && Object.hasOwn(map, name);
}
