/**
 * The workflow of a background task: the loop, its limits and its end. The workflow decides, activities act, files
 * show. Its only inputs are its arguments, its signals and the results of its activities.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { CancellationScope, continueAsNew, isCancellation, patched, sleep, workflowInfo } from '@temporalio/workflow';
import type { Carried } from '../src/domain/continue-as-new.js';
import type { Message } from '../src/domain/conversation.js';
import { endedOutside, RUNS_ELSEWHERE } from '../src/domain/external-edit.js';
import { afterReply } from '../src/domain/finish.js';
import { tooLarge } from '../src/domain/payloads.js';
import { FAILURES, type TaskInput, type TaskResult } from '../src/domain/protocol.js';
import { resultOf } from '../src/domain/result.js';
import { statusOf, type TaskState } from '../src/domain/task.js';
import { ID_RULE, isTaskId } from '../src/domain/task-id.js';
import { waitOf } from '../src/domain/wait.js';
import { editionOfRun, worker } from './activities.js';
import { PendingApprovals } from './approvals.js';
import { Dispatch } from './dispatch.js';
import { Inbox } from './inbox.js';
import { MirrorQueue } from './mirror-queue.js';
import { Moves } from './moves.js';
import { nextReply, type ReplyAsker } from './next-reply.js';
import { PendingMirror } from './pending-mirror.js';
import { leaveWait, waitForTry } from './person-wait.js';
import { updateSearchAttributes } from './search-attributes.js';
import { correctMemo, writeEnd } from './task-memo.js';
import { type Accepted, TaskRun } from './task-state.js';
import { Abandonment, answerCalls, giveUpClaimed, type ToolCaller } from './tool-calls.js';
import { Work } from './work.js';

/** How long the final files are awaited: a disk that stays full must not keep a finished task open. */
const LAST_MIRROR_WAIT = '30 seconds';

/** How long a host that the task leaves has to stop its calls: what is left of them after that counts for nothing. */
const LEAVING = '5 seconds';

/**
 * Runs a task to its end. `input` counts only as far as it is signed. Throws `ApplicationFailure`: of the type
 * `StartRefused` when the start may not run, `TaskFailed` with the result when the task fails; `CancelledFailure` when
 * it is cancelled.
 */
export async function backgroundTask(input: TaskInput): Promise<TaskResult>;
/**
 * @param carried state of the run before, never from a client
 * @param groups the carried conversation, without its opening
 */
export async function backgroundTask(input: TaskInput, carried?: Carried, ...groups: Message[][]): Promise<TaskResult> {
  refuseForged(input, carried !== undefined || groups.length > 0);
  worker.begun(input);
  const run = new TaskRun(input, carried, groups);
  const work = new Work();
  const pendingMirror = new PendingMirror(run, (found) => {
    // The next write reports it again.
    if (run.externalEnd) return;
    run.foreign = found.kind === 'ended' ? endedOutside(found) : RUNS_ELSEWHERE;
    if (found.kind !== 'ended') return;
    run.externalEnd = found;
    work.cancel();
  });
  const { activities, writesMemo } = editionOfRun();
  run.writesMemo = writesMemo;
  const dispatch = new Dispatch(run, pendingMirror, activities);
  const mirroring = new MirrorQueue(pendingMirror, dispatch);
  const approvals = new PendingApprovals(run, carried);
  const abandoned = new Abandonment();
  const onMoved = (): void => {
    mirroring.drop();
    work.interrupt();
    void CancellationScope.nonCancellable(() => sleep(LEAVING)).then(abandoned.now);
  };
  const moves = new Moves({ dispatch, pendingMirror, onMoved }, carried);
  const inbox = new Inbox({ run, pendingMirror, approvals, moves }, carried);
  const mustMove = (): boolean => workflowInfo().continueAsNewSuggested;
  const asker: ReplyAsker & ToolCaller = {
    ...{ run, pendingMirror, dispatch, mirroring, inbox, approvals, mustMove },
    ...{ waiting: waitOf(carried?.wait), restarted: false, wake: undefined, abandoned },
  };
  const betweenHosts = (): void => {
    giveUpClaimed(asker);
    // What kept it waiting may be different there. A restart from outside still needs its own message.
    if (asker.waiting && !asker.restarted) leaveWait(asker);
  };
  let ending: TaskState | 'moved' | 'refused';
  try {
    ending = await work.run(() => loop(asker), betweenHosts);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    ending = { kind: 'cancelled', reason: run.foreign ?? 'cancelled on request' };
  }
  if (ending === 'moved') return move(asker, moves);
  if (ending !== 'refused') {
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
  }
  return conclude(run, ending === 'refused' ? FAILURES.refused : FAILURES.task);
}

// ---

/** Iterates until the task has an end; every pass begins at an iteration boundary. */
async function loop(asker: ReplyAsker & ToolCaller): Promise<TaskState | 'moved' | 'refused'> {
  const { run, pendingMirror } = asker;
  if (run.ownIterations === 0) pendingMirror.markDirty();
  for (;;) {
    const limit = limitReached(run);
    if (limit) return { kind: 'failed', error: limit };
    const answering = answerCalls(asker);
    if (answering) await answering;
    if (asker.restarted) {
      if ((await awaitResume(asker)) === 'moved') return 'moved';
      continue;
    }
    asker.wake = undefined;
    if (asker.approvals.open.length > 0) {
      // The calls wait on in a new run, or the task's time is over.
      if (asker.mustMove()) return 'moved';
      continue;
    }
    if (run.ownIterations > 0 && run.tail.length > 0) {
      run.completeRound();
      pendingMirror.markDirty();
    }
    if (asker.mustMove()) return 'moved';
    let thought = await nextReply(asker);
    while (thought.kind === 'again') thought = await nextReply(asker, thought);
    if (thought.kind === 'moved') return 'moved';
    if (thought.kind === 'out_of_time') return { kind: 'failed', error: run.timeLimitSentence };
    if (thought.kind === 'failed') {
      if (thought.refused) return refuse(run, thought.error);
      return { kind: 'failed', error: thought.error };
    }
    const first = run.ownIterations === 0;
    run.accept(thought.result, thought.sentTail);
    if (first) updateSearchAttributes(run, 'Running');
    correctMemo(run);
    const end = endAfter(run, thought.result);
    if (end) return end;
    pendingMirror.markDirty();
  }
}

/**
 * A reply without calls is the answer, unless it was cut or refused: then the rest is asked for, or the task fails. Runs
 * that were recorded before this rule keep their end.
 */
function endAfter(run: TaskRun, { finish, message }: Accepted): TaskState | undefined {
  const next = finish && afterReply(finish, run.messages, run.limits.max_output_tokens);
  if (next && patched('finish-reasons')) {
    if (next.kind === 'failed') return next;
    if (next.turn) run.add(next.turn);
    return undefined;
  }
  return message.calls?.length ? undefined : { kind: 'completed' };
}

/** Sends the open calls again with the message that arrived; the worker decides whether they may run. */
async function awaitResume(asker: ReplyAsker & ToolCaller): Promise<'moved' | 'again'> {
  const wake = asker.waiting ? await waitForTry(asker, asker.waiting) : undefined;
  if (wake === 'moved') return 'moved';
  asker.restarted = false;
  asker.wake = wake;
  return 'again';
}

/**
 * Checked before the calls of the last reply run: a task at a limit is never `Completed`, and its last calls are not
 * run.
 */
function limitReached(run: TaskRun): string | undefined {
  const { max_iterations } = run.limits;
  if (run.ownIterations >= max_iterations) return `Iteration limit of ${max_iterations} reached`;
  return run.spentLimit;
}

/** A start that may not run leaves no file: only the failure of this run records it. */
function refuse(run: TaskRun, error: string): 'refused' {
  run.end({ kind: 'failed', error });
  return 'refused';
}

/** Only the server creates a run that continues another: carried state from a client is forged. */
function refuseForged(input: TaskInput, continued: boolean): void {
  const info = workflowInfo();
  const refuse = (problem: string): never => {
    throw ApplicationFailure.nonRetryable(problem, FAILURES.refused);
  };
  if (!isTaskId(info.workflowId)) {
    refuse(`The workflow id ${JSON.stringify(info.workflowId.slice(0, 200))} is not a safe file name. ${ID_RULE}.`);
  }
  if (typeof input?.prompt !== 'string' || input.prompt.trim() === '') {
    refuse('The prompt is empty: start the workflow with one object that has a prompt.');
  }
  const tooMuch = tooLarge(input);
  if (tooMuch !== undefined) refuse(`${tooMuch}; put the material into a file of the workspace.`);
  if (continued && info.continuedFromExecutionRunId === undefined) {
    refuse('A start takes one argument, the input.');
  }
  // Their second runs look as if a first run had carried state into them.
  if (info.cronSchedule || info.retryPolicy) {
    refuse(
      'A task takes no cron schedule and no retry policy: it retries by itself; for times use a Temporal schedule.',
    );
  }
}

async function move(
  { run, mirroring, waiting, inbox, approvals }: ReplyAsker & ToolCaller,
  moves: Moves,
): Promise<never> {
  await mirroring.settle('10 seconds');
  const carried: Carried = {
    record: run.record,
    started_at: run.startedAt,
    state: run.state,
    tail: run.tail.length,
    judged: run.judged,
    host: run.host,
    searchable: run.searchable,
    cap: run.cap,
    errors: run.errors,
    errors_since: run.errorsSince,
    wait: waiting,
    wakes: inbox.wakes,
    decisions: approvals.decisions,
    asks: approvals.open,
    bound: run.bonds.carried,
    ...moves.carried,
  };
  return continueAsNew(run.input, carried, ...run.wholeGroups(), ...run.tailGroups());
}

function conclude(run: TaskRun, type: string): TaskResult {
  const result = resultOf(run.record, run.messages);
  if (result.status === 'Completed') return result;
  if (result.status === 'Cancelled') throw new CancelledFailure('The task was cancelled', [result]);
  throw ApplicationFailure.create({ type, message: result.error ?? 'failed', nonRetryable: true, details: [result] });
}
