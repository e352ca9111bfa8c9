/**
 * A schema that refuses unknown keys, made from one of an OpenAPI document, which accepts them. Only where an object is used
 * as a whole is it closed: a part of an `allOf` must let the keys of the other parts pass.
 */

type Schema = { readonly [key: string]: unknown };

/** `document`: its `$defs`, each of which is there in two forms afterwards, open and closed. */
export function closedDocument(document: Schema): Schema {
  const { $ref, $defs, $schema, $comment } = document;
  const defs = Object.entries(isSchema($defs) ? $defs : {}).flatMap(([name, schema]): [string, unknown][] => [
    [name, open(schema)],
    [closedName(name), closed(schema)],
  ]);
  return { $schema, $comment, ...(closed({ $ref }) as Schema), $defs: Object.fromEntries(defs) };
}

// ---

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const closedName = (name: string): string => `${name}.closed`;
const COMPOSED = ['allOf', 'anyOf', 'oneOf', 'if', 'then', 'else', 'not'];

function closed(schema: unknown): unknown {
  if (!isSchema(schema)) return schema;
  if (typeof schema.$ref === 'string' && !('properties' in schema)) return { ...schema, $ref: closedName(schema.$ref) };
  const choice = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choice) && !('properties' in schema || 'allOf' in schema)) {
    const { oneOf: _, ...rest } = schema;
    return { ...(inside(rest) as Schema), anyOf: choice.map(closed) };
  }
  const isShut = 'properties' in schema || 'allOf' in schema;
  const free = 'additionalProperties' in schema || 'unevaluatedProperties' in schema;
  const parts = open(schema) as Schema;
  return isShut && !free ? { ...parts, unevaluatedProperties: false } : parts;
}

/** The schema itself stays as it is; what its properties and items hold is closed. */
function open(schema: unknown): unknown {
  if (!isSchema(schema)) return schema;
  const { oneOf, ...rest } = inside(schema) as Schema;
  const parts: Record<string, unknown> = { ...rest, ...(oneOf === undefined ? {} : { anyOf: oneOf }) };
  for (const key of COMPOSED) {
    const part = parts[key];
    if (part !== undefined) parts[key] = Array.isArray(part) ? part.map(open) : open(part);
  }
  return parts;
}

function inside(schema: Schema): Schema {
  const result: Record<string, unknown> = { ...schema };
  if (isSchema(schema.properties)) {
    const entries = Object.entries(schema.properties).map(([name, value]) => [name, closed(value)]);
    result.properties = Object.fromEntries(entries);
  }
  if (Array.isArray(schema.prefixItems)) result.prefixItems = schema.prefixItems.map(closed);
  for (const key of ['items', 'additionalProperties']) if (isSchema(schema[key])) result[key] = closed(schema[key]);
  return result;
}
