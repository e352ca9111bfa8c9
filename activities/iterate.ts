/**
 * One iteration in one activity: runs the inline calls of the last reply, asks the model, judges the calls it requests.
 * The model call comes last, so an accepted reply is never requested again. Writes no file and never ends the task.
 */
import { Context } from '@temporalio/activity';
import { type Message, settle, toToolMessage } from '../src/domain/conversation.js';
import { type IterateInput, type IterateResult, SIGNALS } from '../src/domain/protocol.js';
import { toAssistantMessage as acceptedMessage, judgeCall, runsInline } from './accept-reply.js';
import { askModel, type ModelQuestion } from './ask-model.js';
import { labelsFor } from './execute-tool.js';
import { toFailure } from './failure.js';
import { withHeartbeat } from './heartbeat.js';
import { openTask } from './open-task.js';
import type { ActivityDeps } from './ports.js';
import type { Shared } from './shared.js';
import { withMirror } from './with-mirror.js';

export function createIterate(deps: ActivityDeps, shared: Shared) {
  return async function iterate(input: IterateInput, ...groups: Message[][]): Promise<IterateResult> {
    return withHeartbeat(deps, async (live) => {
      const opened = await openTask(deps, shared, { input, groups });
      if (opened.kind !== 'opened') return opened;
      const { task, messages } = opened;
      if (input.wake && !deps.verifier.verifyMessage(task.id, SIGNALS.resume, input.wake)) {
        const description = 'a resume without a valid signature was refused';
        void deps.audit.note({ task: task.id, type: 'security_violation', description });
        return { kind: 'message_refused', id: input.wake.id };
      }
      return withMirror(shared, { ...opened, record: input.record, live }, async (ended) => {
        const signal = AbortSignal.any([Context.current().cancellationSignal, ended]);
        try {
          return await runIteration(deps, shared, { task, base: messages, input, live, signal });
        } catch (error) {
          if (ended.aborted) return { kind: 'stopped' };
          throw toFailure(error, { baseMs: deps.backoffMs, previousErrors: input.errors ?? 0 });
        }
      });
    });
  };
}

// ---

const NORMAL_FINISHES: ReadonlySet<string> = new Set(['stop', 'tool-calls']);

interface Iteration extends ModelQuestion {
  readonly base: readonly Message[];
  readonly input: IterateInput;
}

async function runIteration(deps: ActivityDeps, shared: Shared, iteration: Iteration): Promise<IterateResult> {
  const runId = Context.current().info.workflowExecution?.runId ?? '';
  const { task, base, input, signal } = iteration;
  const observations = await shared.inline.run(task, base, signal);
  const { reply, messages, shrunk } = await askModel(deps, iteration, settle(base, observations.map(toToolMessage)));
  const message = acceptedMessage(deps, reply);
  const labels = labelsFor(deps, task, messages);
  return {
    kind: 'accepted',
    state: shared.conversations.store(runId, [...messages, message]),
    observations,
    ...(shrunk.length > 0 ? { shrunk } : {}),
    message,
    judged: (message.calls ?? [])
      .map((call) => judgeCall(deps, task, { call, labels }))
      .filter((judged) => !runsInline(judged)),
    usage: reply.usage,
    ...(reply.cost === undefined ? {} : { cost: reply.cost }),
    ...(NORMAL_FINISHES.has(reply.finish) ? {} : { finish: reply.finish }),
    provider: reply.provider,
    model: reply.model,
    ...(input.state === null ? { host: deps.host } : {}),
    ...(input.state === null && deps.searchable() ? { searchable: true } : {}),
    ...(task.iterationCap === undefined ? {} : { cap: task.iterationCap }),
  };
}
