/**
 * Tells the user's notifier of an event of a task, by an activity on the host of the task. Not awaited, and what fails
 * changes nothing. A task costs no event for it unless a worker has said that it has a notifier for events of that kind.
 */
import type { Duration } from '@temporalio/common';
import { type ActivityOptions, CancellationScope, patched, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { type NoticeEvent, noticeText } from '../src/domain/notice.js';
import type { NotifyInput } from '../src/domain/notify-activity.js';
import { FAILURES } from '../src/domain/protocol.js';
import { limitWarnings, raiseOption, type Spent } from '../src/domain/reached-limit.js';
import { answerOf } from '../src/domain/result.js';
import { NO_USAGE } from '../src/domain/task.js';
import type { Wait } from '../src/domain/wait.js';
import { hostQueueOf, type Prefixed } from '../src/domain/worker-names.js';
import { failureType } from './classify-failure.js';
import type { TaskRun } from './task-state.js';

export function tell(run: TaskRun, event: NoticeEvent): void {
  if (isWanted(run, event)) begin(run, { event, at: Date.now() });
}

/** The tries of one wait for a person are one event, and each wait is one of its own. */
export function tellWait(run: TaskRun, { since = 0 }: Wait, reason: string): void {
  if (!wants(run, 'needs_you')) return;
  const id = `${workflowInfo().firstExecutionRunId}/wait/${run.record.iterations}`;
  // A run that an older version began has told all waits of an iteration as one event.
  tell(run, { type: 'needs_you', id: patched('wait-events') ? `${id}/${since}` : id, need: 'person', reason });
}

/**
 * The limits that are nearly used up: once for each limit and value. One that is reached is told as a need, or as the end.
 * Runs that were recorded before it was told between replies told it after an accepted reply alone.
 */
export function tellNearLimits(run: TaskRun, when: 'after a reply' | 'between replies'): void {
  if (!wants(run, 'limit') || run.reached) return;
  const { firstExecutionRunId } = workflowInfo();
  for (const problem of limitWarnings(run.limits, { before: NOTHING, now: run.spent })) {
    const id = `${firstExecutionRunId}/near/${problem.kind}/${problem.limit}`;
    if (run.warned.has(id) || (when === 'between replies' && !patched('near-limits'))) continue;
    run.warned.add(id);
    tell(run, { type: 'limit', id, reason: problem.sentence, raise: raiseOption(problem) });
  }
}

/** What the run before had not handed over when it ended. */
export function tellAgain(run: TaskRun, untold: readonly NotifyInput[]): void {
  for (const input of untold) begin(run, input);
}

/** Waits for a short time: the end of a workflow gives up its activities, and what a host has accepted it tells later. */
export async function tellEnd(run: TaskRun): Promise<void> {
  const event = endOf(run);
  if (!event || !isWanted(run, event)) return;
  const input = { event, at: Date.now() };
  const limit = { scheduleToCloseTimeout: END_WAIT };
  await CancellationScope.nonCancellable(async () => {
    // The worker may have died meanwhile: the one that runs this has come after it.
    if ((await send(run, input, limit)) === 'late') await send(run, input, limit);
  });
}

// ---

/** A notifier that never answers holds the end of a task twice as long. */
const END_WAIT: Duration = '3 seconds';

const NOTHING: Spent = { iterations: 0, usage: NO_USAGE, time: 0 };

/** After the last attempt the host tries on its own. */
const OPTIONS: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: {
    initialInterval: '300 milliseconds',
    maximumInterval: '1 minute',
    maximumAttempts: 15,
    nonRetryableErrorTypes: [FAILURES.refused],
  },
};

type Limit = Pick<ActivityOptions, 'scheduleToCloseTimeout'>;

function wants({ notifier }: TaskRun, type: NoticeEvent['type']): boolean {
  return (notifier?.notifies ?? []).includes(type);
}

function isWanted(run: TaskRun, { type }: NoticeEvent): boolean {
  // A worker of an earlier version, that runs the same task, tells nothing.
  return wants(run, type) && patched('notify');
}

function begin(run: TaskRun, input: NotifyInput): void {
  run.untold.push(input);
  void CancellationScope.nonCancellable(async () => {
    await send(run, input);
    run.untold.splice(run.untold.indexOf(input), 1);
  });
}

/** `late`: no worker has answered in time. */
async function send(run: TaskRun, input: NotifyInput, limit: Limit = {}): Promise<'answered' | 'late'> {
  const { 'rookery.notify': notify } = proxyActivities<Prefixed<Activities>>(OPTIONS);
  const options = { taskQueue: queueFor(run, input), summary: `notify: ${input.event.type}`, ...limit };
  try {
    const { kind } = await notify.executeWithOptions(options, [input]);
    if (kind === 'needed') await notify.executeWithOptions(options, [{ ...input, start: run.input }]);
    return 'answered';
  } catch (error) {
    const type = failureType(error);
    if (type === undefined) throw error;
    return type.startsWith('timeout:') ? 'late' : 'answered';
  }
}

/** A host that takes no activity cannot tell that itself: any other one may. */
function queueFor({ filesHost, notifier }: TaskRun, { event }: NotifyInput): string {
  const { taskQueue } = workflowInfo();
  const host = filesHost ?? notifier?.host;
  return host === undefined || event.type === 'stalled' ? taskQueue : hostQueueOf(taskQueue, host);
}

function endOf({ record, messages }: TaskRun): NoticeEvent | undefined {
  const { state } = record;
  const id = `${workflowInfo().runId}/end`;
  if (state.kind === 'completed') return { type: 'done', id, result: noticeText(answerOf(messages)) };
  if (state.kind === 'failed') return { type: 'failed', id, error: noticeText(state.error) };
  return state.kind === 'cancelled' ? { type: 'cancelled', id, reason: noticeText(state.reason) } : undefined;
}
