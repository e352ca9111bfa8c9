/**
 * Answers the calls of the last reply that are not inline: refusals at once, safe tools in parallel, unsafe ones in
 * sequence, and a call that needs approval when a person has decided. After a lost worker a call is scheduled again;
 * the claim on its host decides what that means.
 */
import { CancelledFailure } from '@temporalio/common';
import { isCancellation, workflowInfo } from '@temporalio/workflow';
import type { CacheMiss, JudgedCall, RunToolResult } from '../src/domain/activity-calls.js';
import { toToolMessage } from '../src/domain/conversation.js';
import type { DelegateEnd } from '../src/domain/delegate.js';
import { leftBehindSentence } from '../src/domain/host-change.js';
import type { Decision, SignedMessage } from '../src/domain/messages.js';
import { FAILURES } from '../src/domain/protocol.js';
import { canonicalName, type Observation } from '../src/domain/tool.js';
import { asWait } from '../src/domain/wait.js';
import { decides, type PendingApprovals } from './approvals.js';
import { failureType, troubleOf } from './classify-failure.js';
import { isOfRunBefore, runDelegated } from './delegate.js';
import type { Dispatch } from './dispatch.js';
import type { SentCall } from './host-bonds.js';
import { whilePaused } from './pause.js';
import { leaveWait } from './person-wait.js';
import type { Waiter } from './waiter.js';

export interface ToolCaller extends Waiter {
  readonly dispatch: Dispatch;
  readonly approvals: PendingApprovals;
  /** This run was restarted from outside: its calls do not run before a person resumes it. */
  restarted: boolean;
  /** A call was not started, because the task was paused and the loop has to take over. */
  halted: boolean;
  /** The message that may resume a restarted run. */
  wake: SignedMessage | undefined;
  /** Calls that this workflow has run itself, and whose end no worker has recorded yet: they must not run again. */
  ended?: Map<string, DelegateEnd>;
  /** The calls that are being answered on a host that the task has left are not waited for any longer. */
  readonly abandoned: Abandonment;
}

/**
 * @returns undefined when there is nothing to wait for. Calls may still be open afterwards: then the run continues as
 * new, ends, or waits for a person (`restarted`).
 */
export function answerCalls(caller: ToolCaller): Promise<unknown> | undefined {
  const { run, approvals } = caller;
  const pending = run.pending();
  for (const { call, reason } of pending.filter(({ verdict }) => verdict === 'refuse')) {
    run.add({ role: 'tool', call, outcome: 'refused', content: reason ?? 'Refused.' });
  }
  const toRun = pending.filter(({ verdict, placement }) => verdict !== 'refuse' && placement === 'activity');
  for (const { call, verdict, reason, question } of toRun)
    if (verdict === 'ask') approvals.request(call, reason ?? '', question && 'question');
  approvals.discardStale();
  if (toRun.length === 0) return undefined;
  if (approvals.open.length > 0) approvals.show(caller.mirroring);
  const safe = toRun.filter(({ replay }) => replay === 'safe').map((call) => answer(caller, call));
  const unsafe = (async () => {
    for (const call of toRun.filter(({ replay }) => replay === 'unsafe')) {
      if ((await answer(caller, call)) === 'open') return;
    }
  })();
  return Promise.race([Promise.all([...safe, unsafe]), caller.abandoned.begin()]);
}

/** Ends the wait for calls whose host does not answer a cancel. */
export class Abandonment {
  #abandon: (reason: Error) => void = () => undefined;

  /** Rejects, as a cancel does, when the calls that are answered from now on are abandoned. */
  begin(): Promise<never> {
    return new Promise<never>((_, reject) => {
      this.#abandon = reject;
    });
  }

  /** @returns what abandons the calls that are being answered now */
  get now(): () => void {
    const abandon = this.#abandon;
    return () => abandon(new CancelledFailure('The task has left the host of these calls'));
  }
}

/** The task has left its host: what became of these calls there is not known here. */
export function giveUpClaimed(caller: ToolCaller): void {
  const { run } = caller;
  const left = run.pending().filter(({ call }) => run.bonds.claimed.includes(call));
  for (const { call } of left) {
    const name = run.callOf(call)?.name ?? '';
    run.bonds.noteAnswered({ id: call, lost: true }, true);
    settle(caller, { call, outcome: 'unknown', content: leftBehindSentence(name) });
  }
}

/** A message of the person has interrupted the calls. Inline ones run with the next iteration. */
export function sealCalls(caller: ToolCaller): void {
  const { run, approvals } = caller;
  for (const { call, placement, replay } of run.pending()) {
    if (placement !== 'activity') continue;
    const isClaimed = run.bonds.claimed.includes(call);
    if (isClaimed) run.bonds.noteAnswered({ id: call, lost: true }, true);
    const wasRunning = isClaimed || (replay === 'safe' && !approvals.has(call));
    const content = isClaimed ? SEALED_UNKNOWN : wasRunning ? SEALED : NOT_RUN;
    settle(caller, { call, outcome: isClaimed ? 'unknown' : wasRunning ? 'failed' : 'refused', content });
  }
}

// ---

const SEALED_UNKNOWN = 'Interrupted by a message of the person. Check what it did before you repeat it.';
const SEALED = 'Interrupted by a message of the person.';
const NOT_RUN = 'Not run: a message of the person came first.';

const EXPIRED = 'The approval expired without an answer, so the call counts as denied.';
const UNANSWERED = 'The time for an answer to this question is over, and none has come. Continue without it, or end.';

async function answer(caller: ToolCaller, judged: JudgedCall): Promise<'answered' | 'open'> {
  const { approvals } = caller;
  const { call } = judged;
  const sent: SentCall = { id: call, lost: false };
  let decision: Decision | undefined;
  for (;;) {
    if (approvals.has(call) && !decision && !caller.ended?.has(call)) {
      const decided = await approvals.decided(call, caller.mustMove);
      if (decided === 'moved') return 'open';
      const content = approvals.isQuestion(call) ? UNANSWERED : EXPIRED;
      if (decided === 'expired') return settle(caller, { call, outcome: 'refused', content });
      decision = decided;
    }
    const halted = whilePaused(caller);
    if (halted && (await halted) === 'moved') {
      if (decision) approvals.receive(decision);
      caller.halted = true;
      return 'open';
    }
    try {
      const result = await send(caller, judged, { decision, sent });
      // The task has left the host that answers.
      if (!isOpen(caller, call)) return 'answered';
      if (caller.waiting !== null) leaveWait(caller);
      caller.run.bonds.noteAnswered(sent, judged.replay === 'unsafe' && hasRun(result));
      if (result.kind === 'ran') {
        if (decision?.decision === 'answer') caller.control.answered(decision);
        return settle(caller, result.observation);
      }
      if (result.kind === 'delegate') {
        await runHere(caller, judged, result);
        continue;
      }
      if (result.kind === 'decision_refused') approvals.refuse(call, result.reason);
      else approvals.request(call, result.reason, result.question && 'question');
      if (result.kind === 'ask' && decision?.decision === 'judge') approvals.showAgain();
      else approvals.show(caller.mirroring);
      decision = undefined;
    } catch (error) {
      if (!isOpen(caller, call)) return 'answered';
      if (isCancellation(error)) {
        // The call may still be sent, from another host.
        if (decision) approvals.receive(decision);
        throw error;
      }
      const type = failureType(error);
      if (type === undefined) throw error;
      if (type === FAILURES.restarted) {
        caller.run.bonds.noteAnswered(sent, false);
        if (decision) approvals.receive(decision);
        return holdBack(caller, error);
      }
      if (troubleOf(error).kind !== 'lost') {
        caller.run.bonds.noteAnswered(sent, judged.replay === 'unsafe');
        return settle(caller, broken(judged, error, type));
      }
      sent.lost = true;
      // The same decision again: the claim tells whether it was used.
      caller.dispatch.forget();
    }
  }
}

/** The next request for the call records its end; after a Reset it asks what became of the call. */
async function runHere(
  caller: ToolCaller,
  judged: JudgedCall,
  { to, args, run }: Extract<RunToolResult, { kind: 'delegate' }>,
): Promise<void> {
  const { call } = judged;
  if (isOfRunBefore(call, run)) return;
  const name = caller.run.callOf(call)?.name ?? 'tool';
  const end = await runDelegated({ judged, name, to, args });
  caller.ended ??= new Map();
  caller.ended.set(call, end);
}

function isOpen({ run }: ToolCaller, call: string): boolean {
  return run.pending().some((pending) => pending.call === call);
}

function holdBack(caller: ToolCaller, error: unknown): 'open' {
  const trouble = troubleOf(error);
  caller.restarted = true;
  const reason = 'reason' in trouble ? trouble.reason : 'restarted from outside';
  caller.waiting = asWait({ phase: 'waiting_person', reason }, { now: Date.now(), before: caller.waiting });
  return 'open';
}

interface SentDecision {
  readonly decision: Decision | undefined;
  readonly sent: SentCall;
}

function send(caller: ToolCaller, judged: JudgedCall, { decision, sent }: SentDecision) {
  const { run, dispatch, approvals, mirroring, wake } = caller;
  const ended = caller.ended?.get(judged.call);
  // The end of a call that this workflow has run itself is recorded, and nothing is started.
  const isUnsafe = judged.replay === 'unsafe' && !ended;
  const isCommand = isUnsafe && canonicalName(run.callOf(judged.call)?.name ?? '') === 'shell';
  if (isUnsafe) run.bonds.noteSent(sent);
  if (decision && decides(decision)) approvals.begin(mirroring);
  if (approvals.open.every(({ call }) => call === judged.call)) run.show('tool', judged.summary ?? null);
  const said = ended ? { ended } : decision ? { decision, chain: workflowInfo().firstExecutionRunId } : {};
  const more = { ...said, ...(wake ? { wake } : {}) };
  // Asked when it is sent: the task may change its host while the call waits for one.
  const inherited = () => (isUnsafe && run.bonds.isInherited(judged.call) ? { inherited: true as const } : {});
  return dispatch.send(
    ({ base, groups, where, activities: { runSafeTool, runUnsafeTool, commandTimes } }) =>
      (isUnsafe ? runUnsafeTool : runSafeTool).executeWithOptions(
        { ...where, ...(isCommand ? commandTimes(run.limits.max_command_ms) : {}), summary: judged.summary },
        [{ ...base, call: judged.call, n: run.record.iterations, ...more, ...inherited() }, ...groups],
      ),
    isUnsafe ? { call: sent } : {},
  );
}

function settle({ run, approvals, mirroring, ended }: ToolCaller, observation: Observation): 'answered' {
  ended?.delete(observation.call);
  run.add(toToolMessage(observation));
  approvals.close(observation.call, mirroring);
  return 'answered';
}

function broken({ call }: JudgedCall, error: unknown, type: string): Observation {
  const what = type === FAILURES.refused ? 'The worker refused to run this call.' : troubleText(error);
  return { call, outcome: 'unknown', content: `Outcome unknown: ${what}` };
}

function hasRun(result: Exclude<RunToolResult, CacheMiss>): boolean {
  return result.kind === 'ran' && result.observation.outcome !== 'refused';
}

function troubleText(error: unknown): string {
  const trouble = troubleOf(error);
  return 'reason' in trouble ? trouble.reason : 'the tool could not be run.';
}
