/** Which types a JSON Schema allows: what it says, else what its words are about. Pure. */
import { isJsonObject, type Json, type Note } from './references.js';

export interface Types {
  /** Without `null`; empty: any, or only null. */
  readonly types: readonly string[];
  readonly nullable: boolean;
  readonly onlyNull: boolean;
  /** Of `enum` or `const`, without null. */
  readonly values: readonly unknown[] | undefined;
}

export function typesOf(schema: Json, at: string, note: Note): Types {
  const listed = Array.isArray(schema.enum) && schema.enum.length > 0 ? schema.enum : undefined;
  const given: readonly unknown[] | undefined = 'const' in schema ? [schema.const] : listed;
  const said = saidIn(schema.type, at, note);
  const found = said.length > 0 ? said : (given?.map(typeOf) ?? impliedBy(schema));
  const types = new Set(found.filter((type) => type !== 'null'));
  // A whole number is a number.
  if (types.has('number')) types.delete('integer');
  return {
    types: [...types],
    nullable: schema.nullable === true || found.includes('null') || given?.includes(null) === true,
    onlyNull: found.length > 0 && types.size === 0,
    values: given?.filter((value) => value !== null),
  };
}

export function isOfType(value: unknown, type: string): boolean {
  const own = typeOf(value);
  return own === type || (own === 'integer' && type === 'number');
}

// ---

const TYPES: ReadonlySet<string> = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);

/** What generators of schemas write instead. */
const OTHER_NAMES: Readonly<Record<string, string>> = Object.freeze({
  str: 'string',
  text: 'string',
  int: 'integer',
  float: 'number',
  double: 'number',
  bool: 'boolean',
  list: 'array',
  dict: 'object',
  map: 'object',
});

const IMPLIES: readonly (readonly [string, readonly string[]])[] = [
  ['object', ['properties', 'required', 'additionalProperties', 'patternProperties', 'minProperties', 'maxProperties']],
  ['array', ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems']],
  ['string', ['minLength', 'maxLength', 'pattern', 'format']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
];

function saidIn(type: unknown, at: string, note: Note): string[] {
  const all = (Array.isArray(type) ? type : [type]).filter((one) => one !== undefined);
  return all.flatMap((one) => {
    const name = String(one).toLowerCase();
    const known = TYPES.has(name) ? name : Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
    if (known !== one) note(`${at}: its type ${JSON.stringify(one)} is ${known ?? 'left out'}`);
    return known ?? [];
  });
}

function impliedBy(schema: Json): string[] {
  const implied = IMPLIES.find(([, words]) => words.some((word) => Object.hasOwn(schema, word)));
  return implied ? [implied[0]] : [];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isJsonObject(value)) return 'object';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
