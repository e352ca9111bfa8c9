/**
 * Sends the conversation to the model, reduced to what can be carried and to what the model accepts. A model call is
 * bounded by its own timeout and by the task's time limit; a reply that fills the context window counts as too long.
 */
import { ApplicationFailure } from '@temporalio/common';
import { applyShrinking, type Shrinking, shrink } from '../src/domain/compaction.js';
import { type Message, totalSize } from '../src/domain/conversation.js';
import { RookeryError } from '../src/domain/errors.js';
import { FIXED } from '../src/domain/limits.js';
import { FAILURES, type IterateInput } from '../src/domain/protocol.js';
import type { Label } from '../src/domain/tool.js';
import type { Reply } from '../src/models/model.js';
import type { Tool } from '../src/tools/tool.js';
import type { AdmittedTask } from './admission.js';
import { deadline } from './deadline.js';
import { labelsFor, mayAsk } from './execute-tool.js';
import type { HeartbeatState } from './heartbeat.js';
import type { ActivityDeps, ObservedRequest } from './ports.js';
import { askUntilSaid, reject, rejectedDetails } from './rejected-replies.js';

export interface ModelQuestion {
  readonly task: AdmittedTask;
  readonly input: Pick<IterateInput, 'deadline'>;
  readonly live: HeartbeatState;
  readonly signal: AbortSignal;
  /** Makes one request. */
  readonly observe: (request: ObservedRequest, ask: () => Promise<Reply>) => Promise<Reply>;
}

export interface ModelAnswer {
  readonly reply: Reply;
  /** The messages that were sent. */
  readonly messages: Message[];
  /** What was removed to make them fit. */
  readonly shrunk: readonly Shrinking[];
}

/** Asks with the messages that fit. When they are too long for the model, asks with half of them, then half of that. */
export async function askModel(
  deps: ActivityDeps,
  question: ModelQuestion,
  conversation: Message[],
): Promise<ModelAnswer> {
  const asking = { ...question, backoffMs: deps.backoffMs };
  // All model calls of one activity end before its own timeout.
  const until = Date.now() + FIXED.modelCallMs;
  const { opening, messageBudget } = question.task;
  const shrunk: Shrinking[] = [];
  let messages = conversation;
  let limit = messageBudget;
  for (;;) {
    const step = withLabels(shrink(messages, opening, limit), () => labelsFor(deps, question.task, messages));
    if (step) {
      shrunk.push(step);
      messages = applyShrinking(messages, opening, step);
    }
    try {
      const reply = await askUntilSaid(asking, messages, (sent) => requestReply(deps, { ...question, until }, sent));
      if (reply.finish === 'overflow') throw overflowed(question.live, reply);
      return { reply, messages, shrunk };
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
function withLabels(step: Shrinking | undefined, labels: () => readonly Label[]): Shrinking | undefined {
  return step && step.dropped > 0 ? { ...step, labels: labels() } : step;
}

interface TimedQuestion extends ModelQuestion {
  /** Milliseconds since 1970. */
  readonly until: number;
}

async function requestReply(deps: ActivityDeps, question: TimedQuestion, messages: readonly Message[]): Promise<Reply> {
  const { task, input, live, signal, until } = question;
  const now = Date.now();
  const remainingMs = (input.deadline ?? Number.POSITIVE_INFINITY) - now;
  const limit = Math.max(1, Math.min(until - now, remainingMs));
  if (remainingMs <= 0) throw timeLimitReached(live);
  const timeout = deadline(limit, signal);
  try {
    // An unsigned task has none of these tools.
    if (task.authority.signed) await deps.tools.whenReady(timeout.signal);
    const model = deps.models.open(task.chain, { trustedEndpoint: task.trustedEndpoint });
    const maxOutputTokens = task.limits.max_output_tokens;
    return await question.observe({ chain: task.chain, maxOutputTokens, messages }, () =>
      model.ask({
        messages,
        tools: offeredTo(deps, task).map(deps.tools.spec),
        maxOutputTokens,
        ...(task.effort === undefined ? {} : { effort: task.effort }),
        cacheKey: task.id,
        signal: timeout.signal,
        onText: (partial) => {
          live.text = partial;
        },
      }),
    );
  } catch (error) {
    if (timeout.passed && !signal.aborted) {
      if (limit === remainingMs) throw timeLimitReached(live);
      throw new RookeryError('unavailable', `The model gave no whole reply within ${Math.round(limit / 1000)} s.`);
    }
    throw error;
  } finally {
    timeout.clear();
  }
}

function offeredTo({ policy, tools }: ActivityDeps, task: AdmittedTask): Tool[] {
  const offered = policy.offered(tools.all.values(), task);
  return offered.filter(({ question }) => question === undefined || mayAsk(task));
}

/** The rejected part was paid for. */
function overflowed(live: HeartbeatState, { usage, provider, model }: Reply): RookeryError {
  reject(live, usage);
  return new RookeryError(
    'context_overflow',
    `${provider} (${model}) reached the end of the context window inside its reply`,
  );
}

function timeLimitReached({ rejected }: HeartbeatState): ApplicationFailure {
  const details = rejectedDetails(rejected);
  return ApplicationFailure.nonRetryable('The time limit of the task ran out.', FAILURES.outOfTime, details);
}
