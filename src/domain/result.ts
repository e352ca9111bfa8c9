/** The result of a task, from its record and its conversation. Pure. */
import { lastReply, type Message } from './conversation.js';
import { knownCost } from './cost.js';
import { lastText } from './finish.js';
import type { TaskResult } from './protocol.js';
import { statusOf, type TaskRecord, type Usage } from './task.js';
import { finalText } from './text-protocol.js';

/** The answer: the last reply's text, all its pieces, RavenClaws' `FINAL:` prefix stripped; of a structured one its JSON. */
export function answerOf(messages: readonly Message[]): string {
  return lastReply(messages)?.answer ?? finalText(lastText(messages));
}

export function resultOf(record: TaskRecord, messages: readonly Message[]): TaskResult {
  const { state, iterations, usage, provider, model, finish } = record;
  const status = statusOf(state);
  return {
    status: status === 'Pending' || status === 'Running' ? 'Failed' : status,
    result: state.kind === 'completed' ? answerOf(messages) : null,
    error: state.kind === 'failed' ? state.error : null,
    iterations,
    usage: withKnownCost(usage),
    provider,
    model,
    ...(finish === undefined ? {} : { finish }),
  };
}

// ---

/** A cost of which nothing is known is absent: 0 would read as free. */
function withKnownCost({ cost, ...tokens }: Usage): Usage {
  const known = knownCost(cost);
  return known === null ? tokens : { ...tokens, cost: known };
}
