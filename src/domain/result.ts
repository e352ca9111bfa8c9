/** The result of a task, from its record and its conversation. Pure. */
import { lastReply, type Message } from './conversation.js';
import type { TaskResult } from './protocol.js';
import { statusOf, type TaskRecord } from './task.js';
import { finalText } from './text-protocol.js';

/** The answer: the last reply's text, RavenClaws' `FINAL:` prefix stripped. */
export function answerOf(messages: readonly Message[]): string {
  return finalText(lastReply(messages)?.content ?? '');
}

export function resultOf(record: TaskRecord, messages: readonly Message[]): TaskResult {
  const { state, iterations, usage, cost, provider, model } = record;
  const status = statusOf(state);
  return {
    status: status === 'Pending' || status === 'Running' ? 'Failed' : status,
    result: state.kind === 'completed' ? answerOf(messages) : null,
    error: state.kind === 'failed' ? state.error : null,
    iterations,
    usage,
    ...(cost === undefined ? {} : { cost }),
    provider,
    model,
  };
}
