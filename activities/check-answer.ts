/**
 * Structured answers: checks a whole answer against the schema of the task. The workflow decides what follows.
 */
import { ApplicationFailure } from '@temporalio/common';
import { jsonTextIn } from '../src/domain/answer-schema.js';
import type { AssistantMessage, Message } from '../src/domain/conversation.js';
import { type AnswerCheck, afterReply, type Finish } from '../src/domain/finish.js';
import { FAILURES } from '../src/domain/protocol.js';
import { answerOf } from '../src/domain/result.js';
import type { AdmittedTask } from './admission.js';
import type { ActivityDeps } from './ports.js';

/** Throws, without retry, for a schema that nothing can be checked against: not after the work has been paid for. */
export async function assertSchema({ answers }: ActivityDeps, { schema }: AdmittedTask): Promise<void> {
  const problem = schema && (await answers.problemOfSchema(schema));
  if (problem === undefined) return;
  const message = `The input of this start is wrong: 'schema': ${problem}.`;
  throw ApplicationFailure.nonRetryable(message, FAILURES.refused);
}

interface Given {
  readonly sent: readonly Message[];
  readonly message: AssistantMessage;
  readonly finish: Finish;
}

/** @returns the reply, with the JSON of a valid answer, and what was found; nothing is found of a reply that is no answer */
export async function checkedAnswer(
  { answers }: ActivityDeps,
  { schema, limits }: AdmittedTask,
  { sent, message, finish }: Given,
): Promise<{ readonly message: AssistantMessage; readonly answer?: AnswerCheck }> {
  const messages = [...sent, message];
  if (!schema || message.calls?.length || afterReply(finish, messages, limits.max_output_tokens)) return { message };
  const text = answerOf(messages);
  const json = jsonTextIn(text);
  const problem = json === undefined ? 'it is not JSON' : await answers.problemOfAnswer(schema, json);
  if (json === undefined || problem !== undefined) {
    return { message, answer: { kind: 'invalid', problem: problem ?? '' } };
  }
  const answer = { kind: 'valid' } as const;
  return json === text ? { message, answer } : { message: { ...message, answer: json }, answer };
}
