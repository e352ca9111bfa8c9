/**
 * Sends the conversation to the model, reduced to what can be carried and to what the model accepts. A model call is
 * bounded by its own timeout and by the task's time limit.
 */
import { ApplicationFailure } from '@temporalio/common';
import { applyShrinking, type Shrinking, shrink } from '../src/domain/compaction.js';
import { type Message, totalSize } from '../src/domain/conversation.js';
import { RookeryError } from '../src/domain/errors.js';
import { FIXED } from '../src/domain/limits.js';
import { FAILURES, type IterateInput } from '../src/domain/protocol.js';
import type { Label } from '../src/domain/tool.js';
import type { Reply } from '../src/models/model.js';
import type { AdmittedTask } from './admission.js';
import { deadline } from './deadline.js';
import { labelsFor } from './execute-tool.js';
import type { Live } from './heartbeat.js';
import type { ActivityDeps } from './ports.js';

export interface ModelQuestion {
  readonly task: AdmittedTask;
  readonly input: Pick<IterateInput, 'deadline'>;
  readonly live: Live;
  readonly signal: AbortSignal;
}

export interface ModelAnswer {
  readonly reply: Reply;
  /** The messages that were sent. */
  readonly messages: Message[];
  /** What was removed to make them fit. */
  readonly shrunk: readonly Shrinking[];
}

/** Asks with the messages that fit. When they are too long for the model, asks with half of them, then half of that. */
export async function askModel(deps: ActivityDeps, question: ModelQuestion, settled: Message[]): Promise<ModelAnswer> {
  const { opening, room } = question.task;
  const shrunk: Shrinking[] = [];
  let messages = settled;
  let limit = room;
  for (;;) {
    const step = labelled(shrink(messages, opening, limit), () => labelsFor(deps, question.task, messages));
    if (step) {
      shrunk.push(step);
      messages = applyShrinking(messages, opening, step);
    }
    try {
      return { reply: await ask(deps, question, messages), messages, shrunk };
    } catch (error) {
      if (!(error instanceof RookeryError) || error.code !== 'context_overflow') throw error;
      const size = totalSize(messages.slice(opening));
      limit = size / 2;
      const next = shrink(messages, opening, limit);
      // Nothing removable is left.
      if (!next || totalSize(applyShrinking(messages, opening, next).slice(opening)) >= size) throw error;
    }
  }
}

// ---

/** Keeps the labels of rounds that are removed. */
function labelled(step: Shrinking | undefined, labels: () => readonly Label[]): Shrinking | undefined {
  return step && step.dropped > 0 ? { ...step, labels: labels() } : step;
}

async function ask(deps: ActivityDeps, question: ModelQuestion, messages: readonly Message[]): Promise<Reply> {
  const { task, input, live, signal } = question;
  const left = (input.deadline ?? Number.POSITIVE_INFINITY) - Date.now();
  const limit = Math.min(FIXED.modelCallMs, left);
  if (limit <= 0) throw outOfTime();
  const late = deadline(limit, signal);
  try {
    // An unsigned task has none of these tools.
    if (task.authority.signed) await deps.tools.arrived(late.signal);
    return await deps.models.open(task.chain, { trustedEndpoint: task.trustedEndpoint }).ask({
      messages,
      tools: deps.policy.offered(deps.tools.all.values(), task).map(deps.tools.spec),
      maxOutputTokens: task.limits.max_output_tokens,
      ...(task.effort === undefined ? {} : { effort: task.effort }),
      cacheKey: task.id,
      signal: late.signal,
      onText: (soFar) => {
        live.text = soFar;
      },
    });
  } catch (error) {
    if (late.passed && !signal.aborted) {
      if (limit === left) throw outOfTime();
      throw new RookeryError('unavailable', `The model gave no whole reply within ${Math.round(limit / 1000)} s.`);
    }
    throw error;
  } finally {
    late.clear();
  }
}

function outOfTime(): ApplicationFailure {
  return ApplicationFailure.nonRetryable('The time limit of the task ran out.', FAILURES.outOfTime);
}
