/**
 * The limits of a JSON Schema that every provider accepts, and the others as words of the description: Gemini takes no
 * other format than `date-time` and no enum but of texts, llama.cpp few patterns. Pure.
 */

import { takeHead } from '../truncate.js';
import type { Json, Note } from './references.js';

/** Words that change what is allowed and that not every provider takes. They are left out. */
export const UNUSED: ReadonlySet<string> = new Set([
  ...['not', 'if', 'then', 'else', 'patternProperties', 'contains', 'minContains', 'maxContains'],
  ...['dependentRequired', 'dependentSchemas', 'dependencies', 'unevaluatedProperties', 'unevaluatedItems'],
]);

const DESCRIPTION_BYTES = 2_048;
const WORDS_CHARS = 400;

/** A schema with the title, description and default of another one; its own description stays as a part. */
export function described(schema: Json, { title, description, default: standard }: Json): Json {
  const own = schema.description;
  const parts = [description, own].filter((part) => typeof part === 'string' && part !== '');
  const text = shortened([...new Set(parts)].join(' '));
  return {
    ...schema,
    ...(typeof title === 'string' ? { title: shortened(title) } : {}),
    ...(text === '' ? {} : { description: text }),
    ...(standard === undefined ? {} : { default: standard }),
  };
}

/** The type and the limits of one type: counts and bounds stay, the rest becomes words. */
export function limitsOf(own: Json, at: string, note: Note): Json {
  const type = String(own.type);
  const counts = (COUNTS[type] ?? []).filter((key) => isCount(own[key])).map((key) => [key, own[key]]);
  const { bounds, words } = type === 'number' || type === 'integer' ? boundsOf(own) : { bounds: {}, words: [] };
  const values = Array.isArray(own.enum) ? own.enum : [];
  const texts = type === 'string' && values.every(isPlainText);
  if (values.length > 0 && !texts) words.push(`one of ${values.map((one) => JSON.stringify(one)).join(', ')}`);
  if (type === 'string') words.push(...textWords(own));
  if (type === 'array' && own.uniqueItems === true) words.push('no item twice');
  if (words.length > 0) note(`${at}: the description says what the schema said: ${words.join('; ')}`);
  const said = words.join('; ').slice(0, WORDS_CHARS).toWellFormed();
  return {
    type,
    ...(said === '' ? {} : { description: `(${said})` }),
    ...(values.length > 0 && texts ? { enum: [...new Set(values)] } : {}),
    ...(type === 'string' && own.format === 'date-time' ? { format: 'date-time' } : {}),
    ...Object.fromEntries(counts),
    ...bounds,
  };
}

// ---

const COUNTS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  string: ['minLength', 'maxLength'],
  array: ['minItems', 'maxItems'],
  object: ['minProperties', 'maxProperties'],
});

function shortened(text: string): string {
  return takeHead(text.toWellFormed(), DESCRIPTION_BYTES);
}

/** Gemini takes no empty value. */
function isPlainText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.isWellFormed();
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function textWords({ format, pattern }: Json): string[] {
  return [
    ...(typeof format === 'string' && format !== '' && format !== 'date-time' ? [`format ${format}`] : []),
    ...(typeof pattern === 'string' && pattern !== '' ? [`pattern ${pattern}`] : []),
  ];
}

/** In draft 4, `exclusiveMinimum: true` says how `minimum` is meant. */
function boundsOf(own: Json): { bounds: Json; words: string[] } {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = own;
  const above = exclusiveMinimum === true ? minimum : exclusiveMinimum;
  const below = exclusiveMaximum === true ? maximum : exclusiveMaximum;
  const bounds: Record<string, unknown> = {};
  const words: string[] = [];
  if (isNumber(minimum) && exclusiveMinimum !== true) bounds.minimum = minimum;
  if (isNumber(maximum) && exclusiveMaximum !== true) bounds.maximum = maximum;
  if (isNumber(above)) {
    if (own.type === 'integer' && !('minimum' in bounds)) bounds.minimum = Math.floor(above) + 1;
    else words.push(`more than ${above}`);
  }
  if (isNumber(below)) {
    if (own.type === 'integer' && !('maximum' in bounds)) bounds.maximum = Math.ceil(below) - 1;
    else words.push(`less than ${below}`);
  }
  if (isNumber(multipleOf)) words.push(`a multiple of ${multipleOf}`);
  return { bounds, words };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
