/**
 * Structured answers: the JSON Schema that a task sets for its answer, what it may be, and how the JSON is found in an
 * answer. Whether a schema is valid, and an answer matches it, is checked outside the workflow. Pure.
 */
import { isPlainObject } from './check-value.js';
import { utf8Length } from './conversation.js';
import { RookeryError, sentenceOf } from './errors.js';
import { FIXED } from './limits.js';

/** A JSON Schema as an object: draft 2020-12, or the draft that its `$schema` names (2020-12, 2019-09 or draft-07). */
export type AnswerSchema = Readonly<Record<string, unknown>>;

/**
 * A schema of a library that implements Standard JSON Schema, such as one of zod from 4.2 on. Only what is used of it.
 */
export interface SchemaSource {
  readonly '~standard': {
    readonly jsonSchema: {
      readonly output: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>;
    };
  };
}

/** Throws RookeryError `bad_input` for what gives no JSON Schema. */
export function answerSchemaOf(given: AnswerSchema | SchemaSource): AnswerSchema {
  const standard: unknown = Object(given)['~standard'];
  if (standard === undefined) return given as AnswerSchema;
  try {
    return (given as SchemaSource)['~standard'].jsonSchema.output({ target: 'draft-2020-12' });
  } catch (cause) {
    throw new RookeryError('bad_input', `The schema gives no JSON Schema: ${sentenceOf(cause)}`, {
      hint: 'Give a schema of zod 4.2 or newer without transforms, or a JSON Schema',
      cause,
    });
  }
}

/** @returns why the value cannot be the schema of an answer; undefined when its form is right */
export function problemOfForm(schema: unknown): string | undefined {
  if (!isPlainObject(schema)) return 'a JSON Schema must be a JSON object';
  const size = utf8Length(JSON.stringify(schema));
  if (size > FIXED.schemaBytes) return `the JSON Schema is ${size} bytes, more than ${FIXED.schemaBytes}`;
  const remote = remoteReferenceIn(schema);
  if (remote !== undefined) {
    return `the JSON Schema refers to ${JSON.stringify(remote.slice(0, 80))}: a reference must begin with #, because nothing is fetched`;
  }
  return undefined;
}

/** What a model is told whose provider does not hold its answer to the schema. */
export function schemaInstruction(schema: AnswerSchema): string {
  return `Your final answer must be one JSON value that matches this JSON Schema, without code fences and without any other text:\n${JSON.stringify(schema)}`;
}

/** The JSON in an answer: the whole text, or the only code fence in it that holds JSON. */
export function jsonTextIn(answer: string): string | undefined {
  const text = answer.trim();
  if (isJson(text)) return text;
  const fenced = [...text.matchAll(FENCE)].map(([, inside = '']) => inside.trim()).filter(isJson);
  return fenced.length === 1 ? fenced[0] : undefined;
}

// ---

const FENCE = /^[ \t]*(?:```|~~~)[^\n`]*\n([\s\S]*?)\n?[ \t]*(?:```|~~~)[ \t]*$/gm;

const REFERENCES: ReadonlySet<string> = new Set(['$ref', '$dynamicRef', '$recursiveRef']);

/** Their values are data, in which a key called `$ref` is no reference. */
const DATA: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples']);

function remoteReferenceIn(value: unknown): string | undefined {
  if (Array.isArray(value)) return firstOf(value);
  if (!isPlainObject(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (REFERENCES.has(key) && typeof inner === 'string' && !inner.startsWith('#')) return inner;
  }
  return firstOf(Object.entries(value).flatMap(([key, inner]) => (DATA.has(key) ? [] : [inner])));
}

function firstOf(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const found = remoteReferenceIn(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
