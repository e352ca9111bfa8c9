/**
 * One request to the model of a task, bounded by its own timeout and by the task's time limit, with the tools that the
 * task is offered.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { IterateInput } from '../src/domain/activity-calls.js';
import type { AnswerSchema } from '../src/domain/answer-schema.js';
import type { Message } from '../src/domain/conversation.js';
import { RookeryError } from '../src/domain/errors.js';
import { isRepairTurn } from '../src/domain/own-turns.js';
import { FAILURES } from '../src/domain/protocol.js';
import type { ToolSpec } from '../src/domain/tool.js';
import type { ModelRequest, Reply } from '../src/models/model.js';
import type { AdmittedTask } from './admission.js';
import { deadline } from './deadline.js';
import { mayAsk } from './execute-tool.js';
import type { HeartbeatState } from './heartbeat.js';
import type { ActivityDeps, ObservedRequest } from './ports.js';
import { rejectedDetails } from './rejected-replies.js';

export interface ModelQuestion {
  readonly task: AdmittedTask;
  readonly input: Pick<IterateInput, 'deadline'>;
  readonly live: HeartbeatState;
  readonly signal: AbortSignal;
  /** Makes one request. */
  readonly observe: (request: ObservedRequest, ask: () => Promise<Reply>) => Promise<Reply>;
}

export interface TimedQuestion extends ModelQuestion {
  /** Milliseconds since 1970. */
  readonly until: number;
  /** What the answer must match; absent: anything may be said. */
  readonly schema?: AnswerSchema | undefined;
}

export async function requestReply(
  deps: ActivityDeps,
  question: TimedQuestion,
  messages: readonly Message[],
): Promise<Reply> {
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
        tools: toolsFor(deps, task),
        maxOutputTokens,
        ...(task.effort === undefined ? {} : { effort: task.effort }),
        ...answerWanted(question.schema, messages),
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

export function toolsFor(deps: ActivityDeps, task: AdmittedTask): ToolSpec[] {
  const offered = deps.policy.offered(deps.tools.all.values(), task);
  return offered.filter(({ question }) => question === undefined || mayAsk(task)).map(deps.tools.spec);
}

// ---

function answerWanted(schema: AnswerSchema | undefined, messages: readonly Message[]): Pick<ModelRequest, 'answer'> {
  if (schema === undefined) return {};
  const last = messages.at(-1);
  return { answer: { schema, due: last !== undefined && isRepairTurn(last) } };
}

function timeLimitReached({ rejected }: HeartbeatState): ApplicationFailure {
  const details = rejectedDetails(rejected);
  return ApplicationFailure.nonRetryable('The time limit of the task ran out.', FAILURES.outOfTime, details);
}
