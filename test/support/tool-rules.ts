/**
 * The rules for the schema of a tool's arguments, of OpenAI, Anthropic and Gemini together, as their refusals tell them.
 * What it accepts, all of them accept.
 */

type Json = Record<string, unknown>;

const WORDS: Readonly<Record<string, readonly string[]>> = {
  string: ['enum', 'format', 'minLength', 'maxLength'],
  number: ['minimum', 'maximum'],
  integer: ['minimum', 'maximum'],
  boolean: [],
  array: ['items', 'minItems', 'maxItems'],
  object: ['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
};

/** Empty: it is accepted. */
export function toolSchemaFaults(root: Json): string[] {
  const text = JSON.stringify(root);
  return [
    ...(root.type === 'object' && isRecord(root.properties) ? [] : ['the root is no object with properties']),
    ...(/\\ud[89a-f]/i.test(text) ? ['a lone surrogate'] : []),
    ...faultsIn(root, 'root', 0),
  ];
}

// ---

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function faultsIn(schema: unknown, at: string, depth: number): string[] {
  if (!isRecord(schema)) return [`${at} is no schema`];
  if (depth > 60) return [`${at} is too deep`];
  const { type, description, title, default: _, anyOf, ...rest } = schema;
  const texts = [description, title].filter((one) => one !== undefined);
  const faults = texts.every((one) => typeof one === 'string' && one !== '' && one.length <= 2_048)
    ? []
    : [`${at}: a word that is no text or too long`];
  if (anyOf !== undefined) {
    if (type !== undefined || Object.keys(rest).length > 0) faults.push(`${at}: words beside anyOf`);
    if (!Array.isArray(anyOf) || anyOf.length < 2) return [...faults, `${at}: anyOf of fewer than two`];
    return [...faults, ...anyOf.flatMap((one, n) => faultsIn(one, `${at}|${n}`, depth + 1))];
  }
  if (type !== undefined && !Object.hasOwn(WORDS, String(type))) return [...faults, `${at}: type ${String(type)}`];
  const allowed = WORDS[String(type)] ?? [];
  const { items, additionalProperties, properties = {} } = rest;
  return [
    ...faults,
    ...Object.keys(rest).flatMap((key) => (allowed.includes(key) ? [] : [`${at}: ${key} with type ${String(type)}`])),
    ...wordFaults(rest, at),
    ...(type === 'array' ? faultsIn(items, `${at}[]`, depth + 1) : []),
    ...(isRecord(additionalProperties) ? faultsIn(additionalProperties, `${at}.*`, depth + 1) : []),
    ...Object.entries(properties as Json).flatMap(([key, one]) => [
      ...(/^[a-zA-Z0-9_.-]{1,64}$/.test(key) ? [] : [`${at}: property ${key}`]),
      ...faultsIn(one, `${at}.${key}`, depth + 1),
    ]),
  ];
}

function wordFaults(rest: Json, at: string): string[] {
  const { required, properties, enum: choices, format, items: _, additionalProperties: __, ...numbers } = rest;
  const names = isRecord(properties) ? Object.keys(properties) : [];
  const needed = required === undefined ? ['-'] : (required as string[]);
  const known = required === undefined || needed.every((one) => names.includes(one));
  const texts = choices === undefined ? ['-'] : (choices as unknown[]);
  return [
    ...(known && needed.length > 0 && new Set(needed).size === needed.length ? [] : [`${at}: required ${needed}`]),
    ...(texts.length > 0 && texts.every((one) => typeof one === 'string' && one !== '') ? [] : [`${at}: enum`]),
    ...(format === undefined || format === 'date-time' ? [] : [`${at}: format`]),
    ...Object.entries(numbers).flatMap(([key, value]) => {
      const counts = Number.isInteger(value) && Number(value) >= 0;
      return (/^(min|max)imum$/.test(key) ? Number.isFinite(value) : counts) ? [] : [`${at}: ${key}`];
    }),
  ];
}
