/**
 * One iteration in one activity: runs the inline calls of the last reply, asks the model, judges the calls it requests.
 * The model call comes last, so an accepted reply is never requested again. Writes no file and never ends the task.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { IterateInput, IterateResult, JudgedCall } from '../src/domain/activity-calls.js';
import { withNote, withReply } from '../src/domain/apply-reply.js';
import { interruptedNote } from '../src/domain/background-command.js';
import { type AssistantMessage, type Call, type Message, settle, toToolMessage } from '../src/domain/conversation.js';
import { type Finish, isCut } from '../src/domain/finish.js';
import { WORKER_RESUME } from '../src/domain/messages.js';
import { cutCallSentence, isOwnTurn, isRepairTurn } from '../src/domain/own-turns.js';
import { FAILURES, SIGNALS } from '../src/domain/protocol.js';
import { repeatsIn } from '../src/domain/repeats.js';
import { searchReportOf } from '../src/domain/search.js';
import { fileNameOf } from '../src/domain/task-id.js';
import { toAssistantMessage as acceptedMessage, judgeCall, runsInline } from './accept-reply.js';
import type { AdmittedTask } from './admission.js';
import { askModel } from './ask-model.js';
import { assertSchema, checkedAnswer } from './check-answer.js';
import { labelsFor } from './execute-tool.js';
import { toFailure } from './failure.js';
import { withHeartbeat } from './heartbeat.js';
import { observed } from './observed.js';
import { openTask } from './open-task.js';
import type { ActivityDeps } from './ports.js';
import type { ModelQuestion } from './request-reply.js';
import type { Shared } from './shared.js';
import { hostReport, notifierReport } from './takeover.js';
import { withMirror } from './with-mirror.js';

export function createIterate(deps: ActivityDeps, shared: Shared) {
  return async function iterate(input: IterateInput, ...groups: Message[][]): Promise<IterateResult> {
    return withHeartbeat(deps, async (live) => {
      const opened = await openTask(deps, shared, { input, groups });
      const { usage } = live.rejected;
      if (opened.kind !== 'opened') return usage.total_tokens === 0 ? opened : { ...opened, usage };
      const { task, messages } = opened;
      if (input.wake && !deps.verifier.verifyMessage(task.id, SIGNALS.resume, input.wake)) {
        const description = 'a resume without a valid signature was refused';
        void deps.audit.note({ task: task.id, type: 'security_violation', description });
        return { kind: 'message_refused', id: input.wake.id };
      }
      return withMirror(shared, { ...opened, record: input.record, live }, async (ended) => {
        const observe: ModelQuestion['observe'] = (...request) =>
          deps.observer.model(observed(task, input.n), ...request);
        const piece = { ...keyOf(input, messages), live, ended };
        try {
          return await shared.iterations.join(piece, (signal) =>
            deps.observer.iteration(observed(task, input.n), () =>
              runIteration(deps, shared, { task, base: messages, input, live, signal, observe }),
            ),
          );
        } catch (error) {
          if (ended.aborted) return { kind: 'stopped' };
          const { deadline, errors: previousErrors = 0 } = input;
          const notifier = input.state === null && deps.notifier.events.length > 0 ? hostReport(deps) : undefined;
          const search = input.state === null ? searchReportOf(deps.searchable()) : undefined;
          const { usage } = live.rejected;
          throw toFailure(error, { baseMs: deps.backoffMs, previousErrors, deadline, usage, notifier, search });
        }
      });
    });
  };
}

// ---

const NORMAL_FINISHES: ReadonlySet<Finish> = new Set<Finish>(['stop', 'tool-calls']);

/** A run has one iteration at a time, and in one run the same number of messages are the same messages. */
function keyOf({ n }: IterateInput, messages: readonly Message[]): { readonly slot: string; readonly key: string } {
  return { slot: Context.current().info.workflowExecution?.runId ?? '', key: `${n} ${messages.length}` };
}

interface Iteration extends ModelQuestion {
  readonly base: readonly Message[];
  readonly input: IterateInput;
}

async function runIteration(deps: ActivityDeps, shared: Shared, iteration: Iteration): Promise<IterateResult> {
  const { task, base, input, signal } = iteration;
  if (input.state === null) await assertSchema(deps, task);
  if (task.authority.signed) await deps.workspaces.begin(task);
  const observations = await shared.inline.run(task, base, signal);
  const settled = settle(base, observations.map(toToolMessage));
  const note = joined(noteOnRepeats(iteration, settled), noteOnCommands(deps, task, settled));
  const asking = { ...iteration, room: shared.room, mayCompact: input.compacts === true && note === undefined };
  const { reply, messages, shrunk, compacted } = await askModel(deps, asking, withNote(settled, note));
  const accepted = acceptedMessage(deps, reply);
  const { message, ...answer } = compacted
    ? { message: withoutOrigin(accepted) }
    : await checkedAnswer(deps, task, { sent: messages, message: accepted, finish: reply.finish });
  const labels = labelsFor(deps, task, messages);
  const judging = (message.calls ?? []).map((call) =>
    isCut(reply.finish) ? notRun(call, task) : judgeCall(deps, task, { call, labels }),
  );
  const judged = (await Promise.all(judging)).filter((one) => !runsInline(one));
  return {
    kind: 'accepted',
    state: shared.conversations.store(task.id, withReply(messages, task.opening, { compacted, message })),
    observations,
    ...(note === undefined ? {} : { note }),
    ...(shrunk.length > 0 ? { shrunk } : {}),
    ...(compacted ? { compacted } : {}),
    ...answer,
    message,
    judged,
    usage: reply.usage,
    ...(NORMAL_FINISHES.has(reply.finish) ? {} : { finish: reply.finish }),
    provider: reply.provider,
    model: reply.model,
    ...(input.state === null || input.newHost ? hostReport(deps) : {}),
    // Another worker than before: its settings may be newer.
    ...(input.whole === undefined ? {} : notifierReport(deps)),
    ...(input.state === null ? searchReportOf(deps.searchable()) : {}),
    ...(task.iterationCap === undefined ? {} : { cap: task.iterationCap }),
  };
}

/** A summary is not said again to the provider as its own reply. */
function withoutOrigin({ role, content }: AssistantMessage): AssistantMessage {
  return { role, content };
}

/** A model that repeats itself is told once; later the task waits, and a person's resume lets it ask again. */
function noteOnRepeats({ task, input }: Iteration, settled: readonly Message[]): string | undefined {
  const repeats = repeatsIn(settled);
  const resumed = input.wake !== undefined && !input.wake.id.startsWith(WORKER_RESUME);
  if (repeats?.kind === 'stopped' && !resumed) {
    const what = `The model repeats the same call with the same result: ${repeats.what}`;
    const next = `\`rookery resume ${fileNameOf(task.id)}\` lets it continue, \`rookery cancel ${fileNameOf(task.id)}\` ends it`;
    throw ApplicationFailure.nonRetryable(`${what}. ${next}`, FAILURES.repeats);
  }
  return repeats?.note;
}

/** Between a turn of ours and its reply nothing may stand: the next turn tells it. */
function noteOnCommands(
  { tools }: ActivityDeps,
  { id }: AdmittedTask,
  settled: readonly Message[],
): string | undefined {
  const last = settled.at(-1);
  if (last !== undefined && (isOwnTurn(last) || isRepairTurn(last))) return undefined;
  return interruptedNote(tools.interrupted(id), settled);
}

function joined(...notes: readonly (string | undefined)[]): string | undefined {
  const said = notes.filter((note) => note !== undefined);
  return said.length === 0 ? undefined : said.join('\n');
}

function notRun(call: Call, { limits }: AdmittedTask): JudgedCall {
  return {
    call: call.id,
    verdict: 'refuse',
    reason: cutCallSentence(limits.max_output_tokens),
    placement: 'inline',
  };
}
