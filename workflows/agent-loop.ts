/**
 * The agent loop: asks for replies and answers their calls until there is an end. It decides limits and ends; the steps
 * of an iteration are in the modules that it calls. The packaged workflow and `runAgent` both run it.
 */
import { patched } from '@temporalio/workflow';
import { afterAnswer, afterReply } from '../src/domain/finish.js';
import type { TaskState } from '../src/domain/task.js';
import { atLimit } from './limit-wait.js';
import { nextReply, type ReplyAsker } from './next-reply.js';
import { whilePaused } from './pause.js';
import { waitForTry } from './person-wait.js';
import { updateSearchAttributes } from './search-attributes.js';
import { correctMemo } from './task-memo.js';
import type { Accepted, TaskRun } from './task-state.js';
import { tellNearLimits } from './tell.js';
import { answerCalls, type ToolCaller } from './tool-calls.js';

export type LoopParts = ReplyAsker & ToolCaller;

/** Iterates until the task has an end; every pass begins at an iteration boundary. */
export async function agentLoop(asker: LoopParts): Promise<TaskState | 'moved' | 'refused'> {
  const { run, pendingMirror } = asker;
  if (run.isFresh) pendingMirror.markDirty();
  for (;;) {
    const halted = whilePaused(asker);
    if (halted && (await halted) === 'moved' && asker.mustMove()) return 'moved';
    const limit = atLimit(asker);
    if (limit) {
      const outcome = 'then' in limit ? await limit : limit;
      if (outcome === 'again') continue;
      return outcome;
    }
    const answering = answerCalls(asker);
    if (answering) await answering;
    if (asker.restarted) {
      if ((await awaitResume(asker)) === 'moved') return 'moved';
      continue;
    }
    asker.wake = undefined;
    if (asker.approvals.open.length > 0 || asker.halted) {
      asker.halted = false;
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
    if (thought.kind === 'halted') continue;
    if (thought.kind === 'out_of_time') {
      if (mayContinue(run)) continue;
      return { kind: 'failed', error: run.timeLimitSentence };
    }
    if (thought.kind === 'failed') {
      if (thought.refused) return refuse(run, thought.error);
      return { kind: 'failed', error: thought.error };
    }
    const first = run.isFresh;
    run.accept(thought.result, thought.sentTail);
    if (first) updateSearchAttributes(run, 'Running');
    correctMemo(run);
    const end = endAfter(run, thought.result);
    if (end) {
      if (asker.control.isVerifying) await asker.control.verified();
      if (!isContinued(asker, end)) return end;
    }
    tellNearLimits(run, 'after a reply');
    pendingMirror.markDirty();
  }
}

// ---

/**
 * A reply without calls is the answer, unless it was cut or refused: then the rest is asked for, or the task fails. Runs
 * that were recorded before this rule keep their end.
 */
function endAfter(run: TaskRun, { finish, message, compacted, answer }: Accepted): TaskState | undefined {
  // A summary: the work goes on with it.
  if (compacted) return undefined;
  const next = finish && afterReply(finish, run.messages, run.limits.max_output_tokens);
  if (next && patched('finish-reasons')) {
    if (next.kind === 'failed') return next;
    if (next.turn) run.add(next.turn);
    return undefined;
  }
  if (message.calls?.length) return undefined;
  const repair = answer && afterAnswer(answer, run.messages);
  if (!repair || !patched('structured-answers')) return { kind: 'completed' };
  if (repair.kind === 'failed') return repair;
  if (repair.turn) run.add(repair.turn);
  return undefined;
}

/** The inbox is looked at once more: a message lets the task continue after its answer, with it in the conversation. */
function isContinued({ run, control }: LoopParts, end: TaskState): boolean {
  if (end.kind !== 'completed' || control.messages.isEmpty) return false;
  const { reached } = run;
  if (!reached || run.input.on_limit === 'ask') return control.deliver(true);
  control.end(`${reached.sentence}: the task ended with its answer.`);
  return false;
}

/** A raise may have come while the time ran out. */
function mayContinue({ input, raised }: TaskRun): boolean {
  return input.on_limit === 'ask' || raised.max_time_ms !== undefined;
}

/** Sends the open calls again with the message that arrived; the worker decides whether they may run. */
async function awaitResume(asker: LoopParts): Promise<'moved' | 'again'> {
  const wake = asker.waiting ? await waitForTry(asker, asker.waiting) : undefined;
  if (wake === 'moved') return 'moved';
  asker.restarted = false;
  asker.wake = wake;
  return 'again';
}

/** A start that may not run leaves no file: only the failure of this run records it. */
function refuse(run: TaskRun, error: string): 'refused' {
  run.end({ kind: 'failed', error });
  return 'refused';
}
