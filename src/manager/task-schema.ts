/** The schema of a task as a person or a program gives it, checked before anything is written or signed. */
import { type AnswerSchema, answerSchemaOf, type SchemaSource } from '../domain/answer-schema.js';
import { RookeryError } from '../domain/errors.js';
import type { TaskInput } from '../domain/protocol.js';

/** The input of a task, whose schema may be one of zod (4.2 or newer). */
export type NewTask = Omit<TaskInput, 'schema'> & { readonly schema?: AnswerSchema | SchemaSource };

/** Throws `bad_input` for a schema that no answer can be checked against. */
export async function withCheckedSchema({ schema: given, ...task }: NewTask): Promise<TaskInput> {
  if (given === undefined) return task;
  const schema = answerSchemaOf(given);
  const { problemOfSchema } = await import('../schema/answer-check.js');
  const problem = await problemOfSchema(schema);
  if (problem !== undefined) throw new RookeryError('bad_input', `The task cannot be submitted: 'schema': ${problem}`);
  return { ...task, schema };
}
