/** The providers' own modes for structured answers: what they refuse in the schema, and beside tools. */
import { demand, isRecord, type Json, listOf, schemasIn, textOf } from './dialect.js';

/** OpenAI's `json_schema`, in chat completions and in responses. */
export function checkJsonSchema({ name, schema, strict }: Json): void {
  demand(/^[a-zA-Z0-9_-]{1,64}$/.test(textOf(name)), `the name of a response format: ${name}`);
  demand(isRecord(schema) && schema.type === 'object', "invalid schema for response_format 'answer': not an object");
  if (strict === true) checkClosed(schema, 'response_format');
}

export function checkResponseFormat({ response_format: format }: Json): void {
  if (format === undefined) return;
  demand(isRecord(format) && format.type === 'json_schema', 'response_format: only json_schema is known');
  checkJsonSchema(isRecord(format.json_schema) ? format.json_schema : {});
}

/** Anthropic's `output_config.format`. */
export function checkOutputConfig({ model, output_config }: Json): void {
  const format = isRecord(output_config) ? output_config.format : undefined;
  if (format === undefined) return;
  demand(!textOf(model).includes('old'), 'output_config.format: Extra inputs are not permitted');
  demand(isRecord(format) && format.type === 'json_schema', 'output_config.format.type: json_schema is expected');
  for (const schema of schemasIn(format.schema)) {
    demand(schema.type !== 'object' || schema.additionalProperties === false, 'output_config: additionalProperties');
    for (const key of ['minLength', 'minimum', 'pattern']) demand(!(key in schema), `output_config: ${key}`);
  }
}

/** A server whose grammar holds every reply to the schema: a test wants to know that no tool could be called. */
export function refuseBesideTools(format: unknown, tools: unknown): void {
  demand(format === undefined || listOf(tools).length === 0, 'with a response format no tool can be called');
}

// ---

function checkClosed(root: Json, where: string): void {
  for (const schema of schemasIn(root)) {
    if (schema.type !== 'object') continue;
    const required = Array.isArray(schema.required) ? schema.required : [];
    const all = Object.keys(isRecord(schema.properties) ? schema.properties : {});
    demand(schema.additionalProperties === false, `invalid schema for ${where}: additionalProperties must be false`);
    demand(
      all.every((name) => required.includes(name)),
      `invalid schema for ${where}: required must name every property`,
    );
  }
}
