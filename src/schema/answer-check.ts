/**
 * Checks JSON Schemas, and answers against them, with Ajv. It is loaded when the first schema is checked: few tasks have
 * one.
 */
import { createRequire } from 'node:module';
import type { AnswerSchema } from '../domain/answer-schema.js';
import { problemOfForm } from '../domain/answer-schema.js';
import { sentenceOf } from '../domain/errors.js';

/** @returns why answers cannot be checked against the schema; undefined when they can */
export async function problemOfSchema(schema: AnswerSchema): Promise<string | undefined> {
  const compiled = compile(schema);
  return 'problem' in compiled ? compiled.problem : undefined;
}

/**
 * `json`: JSON text.
 * @returns how it does not match the schema; undefined when it does
 */
export async function problemOfAnswer(schema: AnswerSchema, json: string): Promise<string | undefined> {
  const compiled = compile(schema);
  if ('problem' in compiled) return compiled.problem;
  const { validate } = compiled;
  if (validate(JSON.parse(json))) return undefined;
  return sentenceOfErrors(validate.errors ?? []);
}

// ---

interface Violation {
  readonly instancePath: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

interface Validate {
  (value: unknown): unknown;
  readonly errors?: readonly Violation[] | null;
}

/** What is used of Ajv, whose own types would enter the declarations of the package. */
type AjvClass = new (options: object) => { compile(schema: object): Validate };

type Compiled = { readonly validate: Validate } | { readonly problem: string };

const OPTIONS = { strict: false, allErrors: true, validateFormats: false, logger: false, addUsedSchema: false };

const SHOWN_ERRORS = 5;
const SHOWN_LENGTH = 300;

/** The dialects by the start of their `$schema`; the first is that of a schema that names none. */
const DIALECTS: readonly (readonly [RegExp, () => AjvClass])[] = [
  [/^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/, () => load(require.resolve('ajv/dist/2020.js'))],
  [/^https?:\/\/json-schema\.org\/draft\/2019-09\/schema#?$/, () => load(require.resolve('ajv/dist/2019.js'))],
  [/^https?:\/\/json-schema\.org\/draft-07\/schema#?$/, () => load(require.resolve('ajv'))],
];

const require = createRequire(import.meta.url);

function load(path: string): AjvClass {
  return (require(path) as { readonly default: AjvClass }).default;
}

const compiled = new WeakMap<AnswerSchema, Compiled>();

function compile(schema: AnswerSchema): Compiled {
  const known = compiled.get(schema);
  if (known) return known;
  const made = compileNew(schema);
  compiled.set(schema, made);
  return made;
}

function compileNew(schema: AnswerSchema): Compiled {
  const problem = problemOfForm(schema);
  if (problem !== undefined) return { problem };
  if (schema.$async !== undefined) return { problem: 'an asynchronous schema ($async) cannot be checked' };
  const named = schema.$schema ?? 'https://json-schema.org/draft/2020-12/schema';
  const dialect = DIALECTS.find(([name]) => name.test(String(named)));
  if (!dialect) {
    return { problem: `its $schema is ${JSON.stringify(named)}; draft 2020-12, 2019-09 and draft-07 can be checked` };
  }
  try {
    return { validate: new (dialect[1]())(OPTIONS).compile(schema) };
  } catch (error) {
    return { problem: `it is no valid JSON Schema: ${sentenceOf(error).slice(0, SHOWN_LENGTH)}` };
  }
}

function sentenceOfErrors(errors: readonly Violation[]): string {
  const shown = errors.slice(0, SHOWN_ERRORS).map(({ instancePath, message = 'is wrong', params }) => {
    const extra = params.additionalProperty ?? params.unevaluatedProperty;
    const name = typeof extra === 'string' ? ` (${JSON.stringify(extra)})` : '';
    const values = Array.isArray(params.allowedValues) ? ` (${JSON.stringify(params.allowedValues)})` : '';
    return `${instancePath || 'the value'} ${message}${name}${values}`.slice(0, SHOWN_LENGTH);
  });
  const more = errors.length > SHOWN_ERRORS ? ` and ${errors.length - SHOWN_ERRORS} more` : '';
  return `${shown.join('; ')}${more}`;
}
