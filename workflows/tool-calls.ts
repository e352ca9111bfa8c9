/**
 * Answers the calls of the last reply that are not inline: refusals at once, safe tools in parallel, unsafe ones in
 * sequence, and a call that needs approval when a person has decided. After a lost worker a call is scheduled again;
 * the claim on its host decides what that means.
 */
import { isCancellation, workflowInfo } from '@temporalio/workflow';
import { toToolMessage } from '../src/domain/conversation.js';
import type { DelegateEnd } from '../src/domain/delegate.js';
import type { Decision, SignedMessage } from '../src/domain/messages.js';
import { FAILURES, type JudgedCall, type RunToolResult } from '../src/domain/protocol.js';
import type { Observation } from '../src/domain/tool.js';
import type { PendingApprovals } from './approvals.js';
import { failureType, troubleOf } from './classify-failure.js';
import { isOfRunBefore, runDelegated } from './delegate.js';
import type { Dispatch } from './dispatch.js';
import { leaveWait, type Waiter } from './person-wait.js';

export interface ToolCaller extends Waiter {
  readonly dispatch: Dispatch;
  readonly approvals: PendingApprovals;
  /** This run was restarted from outside: its calls do not run before a person resumes it. */
  restarted: boolean;
  /** The message that may resume a restarted run. */
  wake: SignedMessage | undefined;
  /** Calls that this workflow has run itself, and whose end no worker has recorded yet: they must not run again. */
  ended?: Map<string, DelegateEnd>;
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
  for (const { call, verdict, reason } of toRun) if (verdict === 'ask') approvals.request(call, reason ?? '');
  approvals.discardStale();
  if (toRun.length === 0) return undefined;
  if (approvals.open.length > 0) approvals.show(caller.mirroring);
  const safe = toRun.filter(({ replay }) => replay === 'safe').map((call) => answer(caller, call));
  const unsafe = (async () => {
    for (const call of toRun.filter(({ replay }) => replay === 'unsafe')) {
      if ((await answer(caller, call)) === 'open') return;
    }
  })();
  return Promise.all([...safe, unsafe]);
}

// ---

const EXPIRED = 'The approval expired without an answer, so the call counts as denied.';

async function answer(caller: ToolCaller, judged: JudgedCall): Promise<'answered' | 'open'> {
  const { approvals } = caller;
  const { call } = judged;
  let decision: Decision | undefined;
  for (;;) {
    if (approvals.has(call) && !decision && !caller.ended?.has(call)) {
      const decided = await approvals.decided(call, caller.mustMove);
      if (decided === 'moved') return 'open';
      if (decided === 'expired') return settle(caller, { call, outcome: 'refused', content: EXPIRED });
      decision = decided;
    }
    try {
      const result = await send(caller, judged, decision);
      if (caller.waiting !== null) leaveWait(caller);
      if (result.kind === 'ran') return settle(caller, result.observation);
      if (result.kind === 'delegate') {
        await runHere(caller, judged, result);
        continue;
      }
      if (result.kind === 'decision_refused') approvals.refuse(call, result.reason);
      else approvals.request(call, result.reason);
      decision = undefined;
      approvals.show(caller.mirroring);
    } catch (error) {
      if (isCancellation(error)) throw error;
      const type = failureType(error);
      if (type === undefined) throw error;
      if (type === FAILURES.restarted) {
        if (decision) approvals.receive(decision);
        return holdBack(caller, error);
      }
      if (troubleOf(error).kind !== 'lost') return settle(caller, broken(judged, error, type));
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

function holdBack(caller: ToolCaller, error: unknown): 'open' {
  const trouble = troubleOf(error);
  caller.restarted = true;
  const reason = 'reason' in trouble ? trouble.reason : 'restarted from outside';
  caller.waiting = { phase: 'waiting_person', reason };
  return 'open';
}

function send(caller: ToolCaller, judged: JudgedCall, decision: Decision | undefined) {
  const { run, dispatch, approvals, wake } = caller;
  const ended = caller.ended?.get(judged.call);
  if (approvals.open.every(({ call }) => call === judged.call)) run.show('tool', judged.summary ?? null);
  const said = ended ? { ended } : decision ? { decision, chain: workflowInfo().firstExecutionRunId } : {};
  return dispatch.send(({ base, groups, queue, activities: { runSafeTool, runUnsafeTool } }) =>
    (judged.replay === 'safe' || ended ? runSafeTool : runUnsafeTool).executeWithOptions(
      { taskQueue: queue, summary: judged.summary },
      [{ ...base, call: judged.call, n: run.record.iterations, ...said, ...(wake ? { wake } : {}) }, ...groups],
    ),
  );
}

function settle({ run, approvals, mirroring, ended }: ToolCaller, observation: Observation): 'answered' {
  const waited = approvals.has(observation.call);
  approvals.settle(observation.call);
  ended?.delete(observation.call);
  run.add(toToolMessage(observation));
  if (waited && approvals.open.length > 0) approvals.show(mirroring);
  else if (waited) approvals.leave();
  return 'answered';
}

function broken({ call }: JudgedCall, error: unknown, type: string): Observation {
  const what = type === FAILURES.refused ? 'The worker refused to run this call.' : troubleText(error);
  return { call, outcome: 'unknown', content: `Outcome unknown: ${what}` };
}

function troubleText(error: unknown): string {
  const trouble = troubleOf(error);
  return 'reason' in trouble ? trouble.reason : 'the tool could not be run.';
}
