/**
 * One iteration: act and think in one activity. Runs the inline calls of the last reply, asks the model, judges what it
 * requests. The model call comes last, so an accepted reply is never asked for again. Writes no file, decides no end.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import {
  applyNotices,
  chooseNotices,
  type Message,
  openCalls,
  settle,
  toMessage,
  totalSize,
} from '../src/domain/conversation.js';
import { RookeryError } from '../src/domain/errors.js';
import { FIXED } from '../src/domain/limits.js';
import { FAILURES, type IterateInput, type IterateResult, SIGNALS } from '../src/domain/protocol.js';
import type { Reply } from '../src/models/model.js';
import { toMessage as acceptedMessage, judgeCall, runsInline } from './accept.js';
import { beside } from './beside.js';
import { deadline } from './deadline.js';
import type { ActivityDeps } from './deps.js';
import type { Admitted } from './door.js';
import { toFailure } from './failure.js';
import { hear } from './hear.js';
import { attended, type Live } from './heartbeat.js';
import type { Shared } from './shared.js';

export function createIterate(deps: ActivityDeps, shared: Shared) {
  return async function iterate(input: IterateInput, ...groups: Message[][]): Promise<IterateResult> {
    return attended(deps, async (live) => {
      const heard = await hear(deps, shared, { input, groups });
      if (heard.kind !== 'heard') return heard;
      const { task, messages } = heard;
      if (input.wake && !deps.verifier.verifyMessage(task.id, SIGNALS.resume, input.wake)) {
        return { kind: 'message_refused', id: input.wake.id };
      }
      return beside(shared, { ...heard, record: input.record, live }, async (ended) => {
        const signal = AbortSignal.any([Context.current().cancellationSignal, ended]);
        try {
          return await actAndThink(deps, shared, { task, base: messages, input, live, signal });
        } catch (error) {
          if (ended.aborted) return { kind: 'stopped' };
          throw toFailure(error, { baseMs: deps.backoffMs, before: input.errors ?? 0 });
        }
      });
    });
  };
}

// ---

const USUAL: ReadonlySet<string> = new Set(['stop', 'tool-calls']);

interface Iteration {
  readonly task: Admitted;
  readonly base: readonly Message[];
  readonly input: IterateInput;
  readonly live: Live;
  readonly signal: AbortSignal;
}

async function actAndThink(deps: ActivityDeps, shared: Shared, iteration: Iteration): Promise<IterateResult> {
  const runId = Context.current().info.workflowExecution?.runId ?? '';
  const { task, base, input, signal } = iteration;
  const observations = await shared.inline.run(task, openCalls(base), signal);
  const settled = settle(base, observations.map(toMessage));
  const noticed = chooseNotices(settled, FIXED.conversationBytes);
  const { reply, messages, more } = await think(deps, iteration, applyNotices(settled, noticed));
  const allNoticed = [...noticed, ...more];
  const message = acceptedMessage(reply);
  return {
    kind: 'accepted',
    state: shared.conversations.keep(runId, [...messages, message]),
    observations,
    ...(allNoticed.length > 0 ? { noticed: allNoticed } : {}),
    message,
    judged: (message.calls ?? []).map((call) => judgeCall(deps, task, call)).filter((judged) => !runsInline(judged)),
    usage: reply.usage,
    ...(USUAL.has(reply.finish) ? {} : { finish: reply.finish }),
    provider: reply.provider,
    model: reply.model,
    ...(input.state === null ? { host: deps.host } : {}),
    ...(input.state === null && deps.searchable() ? { searchable: true } : {}),
    ...(task.cap === undefined ? {} : { cap: task.cap }),
  };
}

/** Asks; when the conversation is too long for the model, half of it at a time becomes notices. */
async function think(deps: ActivityDeps, iteration: Iteration, conversation: Message[]) {
  let messages = conversation;
  const more: string[] = [];
  for (;;) {
    try {
      return { reply: await ask(deps, iteration, messages), messages, more };
    } catch (error) {
      if (!(error instanceof RookeryError) || error.code !== 'context_overflow') throw error;
      const notices = chooseNotices(messages, totalSize(messages) / 2);
      if (notices.length === 0) throw error;
      more.push(...notices);
      messages = applyNotices(messages, notices);
    }
  }
}

async function ask(deps: ActivityDeps, iteration: Iteration, messages: readonly Message[]): Promise<Reply> {
  const { task, input, live, signal } = iteration;
  const left = (input.deadline ?? Number.POSITIVE_INFINITY) - Date.now();
  const limit = Math.min(FIXED.modelCallMs, left);
  if (limit <= 0) throw outOfTime();
  const late = deadline(limit, signal);
  try {
    return await deps.models.open(task.chain, { trustedEndpoint: task.trustedEndpoint }).ask({
      messages,
      tools: deps.policy
        .offered(deps.tools.all.values(), { allow: task.allow, signed: task.signed })
        .map(deps.tools.spec),
      maxOutputTokens: task.limits.max_output_tokens,
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
