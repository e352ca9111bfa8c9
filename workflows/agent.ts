/**
 * One agent from its first step, or from the state of the run before, to its end or to its next run: the loop with the
 * files, signals and queries around it, and what a caller gets of its end. Checks no start.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { CancellationScope, isCancellation, patched, sleep } from '@temporalio/workflow';
import type { Carried } from '../src/domain/continue-as-new.js';
import type { Message } from '../src/domain/conversation.js';
import { endedOutside, RUNS_ELSEWHERE } from '../src/domain/external-edit.js';
import { FAILURES, type TaskInput, type TaskResult } from '../src/domain/protocol.js';
import { resultOf } from '../src/domain/result.js';
import { withShortStack } from '../src/domain/stack.js';
import { statusOf, type TaskState } from '../src/domain/task.js';
import { waitOf } from '../src/domain/wait.js';
import type { Edition } from './activities.js';
import { agentLoop, type LoopParts } from './agent-loop.js';
import { PendingApprovals } from './approvals.js';
import { Control } from './control.js';
import { Dispatch } from './dispatch.js';
import { Inbox } from './inbox.js';
import { MirrorQueue } from './mirror-queue.js';
import { Moves } from './moves.js';
import { PendingMirror } from './pending-mirror.js';
import { leaveWait } from './person-wait.js';
import { updateSearchAttributes } from './search-attributes.js';
import { correctMemo, writeEnd } from './task-memo.js';
import { TaskRun } from './task-state.js';
import { tellAgain, tellEnd } from './tell.js';
import { Abandonment, giveUpClaimed, sealCalls } from './tool-calls.js';
import { keepStepsWhole } from './whole-steps.js';
import { Work } from './work.js';

/** What the run before hands over: arguments of the packaged workflow. */
export type AgentArguments = readonly [input: TaskInput, carried?: Carried, ...groups: Message[][]];

export interface AgentStart {
  readonly from: AgentArguments;
  readonly edition: () => Edition;
  /** Milliseconds since 1970 from which the time limit counts. Default: the start of the workflow. */
  readonly startedAt?: number;
  /** History is long: the agent is to continue in a new run. */
  readonly mustMove: () => boolean;
  /** Why the agent fails where it must continue in a new run. Absent: it continues. */
  readonly cannotMove?: string;
}

export type AgentEnd =
  | { readonly kind: 'ended'; readonly run: TaskRun }
  /** The start may not run: no file was written. */
  | { readonly kind: 'refused'; readonly run: TaskRun }
  | { readonly kind: 'moved'; readonly next: AgentArguments };

/** How long the final files are awaited: a disk that stays full must not keep a finished task open. */
const LAST_MIRROR_WAIT = '30 seconds';

/** How long a host that the task leaves has to stop its calls: what is left of them after that counts for nothing. */
const LEAVING = '5 seconds';

/** A cancel of the scope that it is called in ends the agent as cancelled. */
export async function runToEnd({ from, edition, startedAt, mustMove, cannotMove }: AgentStart): Promise<AgentEnd> {
  keepStepsWhole();
  const [input, carried, ...groups] = from;
  const run = new TaskRun(input, carried, groups);
  if (!carried && startedAt !== undefined) run.startedAt = startedAt;
  const work = new Work();
  const pendingMirror = new PendingMirror(run, (found) => {
    // The next write reports it again.
    if (run.externalEnd) return;
    run.foreign = found.kind === 'ended' ? endedOutside(found) : RUNS_ELSEWHERE;
    if (found.kind !== 'ended') return;
    run.externalEnd = found;
    work.cancel();
  });
  const { activities, writesMemo } = edition();
  run.writesMemo = writesMemo;
  const dispatch = new Dispatch(run, pendingMirror, activities);
  const mirroring = new MirrorQueue(pendingMirror, dispatch);
  const approvals = new PendingApprovals(run, carried);
  const abandoned = new Abandonment();
  const onMoved = (): void => {
    correctMemo(run);
    mirroring.drop();
    work.interrupt(() => betweenHosts(asker));
    void CancellationScope.nonCancellable(() =>
      sleep(LEAVING, { summary: 'the host that the task leaves stops its calls' }),
    ).then(abandoned.now);
  };
  const moves = new Moves({ dispatch, pendingMirror, onMoved }, carried);
  const control = new Control(run, () => work.interrupt(() => afterMessage(asker)), carried?.control);
  const inbox = new Inbox({ run, pendingMirror, approvals, moves }, carried);
  const asker: LoopParts = {
    ...{ run, pendingMirror, dispatch, mirroring, inbox, control, approvals, mustMove },
    ...{ waiting: waitOf(carried?.wait), restarted: false, halted: false, wake: undefined, abandoned },
  };
  tellAgain(run, carried?.untold ?? []);
  const ending = await endingOf(asker, work);
  if (ending === 'refused') return { kind: 'refused', run };
  if (ending === 'moved' && cannotMove === undefined)
    return { kind: 'moved', next: await argumentsOfNext(asker, moves) };
  await end(asker, ending === 'moved' ? { kind: 'failed', error: cannotMove ?? '' } : ending);
  return { kind: 'ended', run };
}

/** @returns the result of a completed task. Throws the failure of any other. */
export function conclude({ kind, run }: Exclude<AgentEnd, { kind: 'moved' }>): TaskResult {
  const result = resultOf(run.record, run.messages);
  if (result.status === 'Completed') return result;
  if (result.status === 'Cancelled') throw new CancelledFailure('The task was cancelled', [result]);
  const type = kind === 'refused' ? FAILURES.refused : FAILURES.task;
  const message = result.error ?? 'failed';
  throw withShortStack(ApplicationFailure.create({ type, message, nonRetryable: true, details: [result] }));
}

// ---

async function endingOf(asker: LoopParts, work: Work): Promise<TaskState | 'moved' | 'refused'> {
  try {
    return await work.run(() => agentLoop(asker));
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return { kind: 'cancelled', reason: asker.run.foreign ?? 'cancelled on request' };
  }
}

function betweenHosts(asker: LoopParts): void {
  giveUpClaimed(asker);
  // What kept it waiting may be different there. A restart from outside still needs its own message.
  if (asker.waiting && !asker.restarted) leaveWait(asker);
}

function afterMessage(asker: LoopParts): void {
  sealCalls(asker);
  if (asker.waiting && !asker.restarted) leaveWait(asker);
}

async function end({ run, control, pendingMirror, mirroring }: LoopParts, ending: TaskState): Promise<void> {
  control.end();
  run.end(ending);
  pendingMirror.markDirty();
  await mirroring.settle(LAST_MIRROR_WAIT);
  // The last write may detect the external end. A run recorded before this rule keeps its own end.
  if (run.externalEnd && ending.kind !== 'cancelled' && patched('external-end-first')) {
    run.yieldToExternalEnd(run.externalEnd);
    pendingMirror.markDirty();
    await mirroring.settle(LAST_MIRROR_WAIT);
  }
  updateSearchAttributes(run, statusOf(run.record.state));
  writeEnd(run);
  await tellEnd(run);
}

async function argumentsOfNext(
  { run, mirroring, waiting, inbox, control, approvals }: LoopParts,
  moves: Moves,
): Promise<AgentArguments> {
  await control.shrink();
  await mirroring.settle('10 seconds');
  const carried: Carried = {
    record: run.record,
    started_at: run.startedAt,
    state: run.state,
    tail: run.tail.length,
    judged: run.judged,
    host: run.host,
    searchable: run.searchable,
    ...(run.searches.size > 0 ? { searches: [...run.searches] } : {}),
    ...(run.notifier ? { notifier: run.notifier } : {}),
    ...(run.untold.length > 0 ? { untold: run.untold } : {}),
    cap: run.cap,
    errors: run.errors,
    errors_since: run.errorsSince,
    wait: waiting,
    wakes: inbox.wakes,
    decisions: approvals.decisions,
    asks: approvals.open,
    bound: run.bonds.carried,
    ...moves.carried,
    ...(control.carried ? { control: control.carried } : {}),
  };
  return [run.input, carried, ...run.wholeGroups(), ...run.tailGroups()];
}
