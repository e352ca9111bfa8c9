/**
 * Answers the calls of the last reply that are not inline: refusals at once, safe tools side by side, unsafe ones one
 * after another, each that asks when a person has decided. After a lost worker a call is scheduled again; the claim on its
 * host decides what that means.
 */
import { isCancellation, workflowInfo } from '@temporalio/workflow';
import type { Decision } from '../src/domain/approval.js';
import { toMessage } from '../src/domain/conversation.js';
import { FAILURES, type JudgedCall } from '../src/domain/protocol.js';
import type { SignedMessage } from '../src/domain/signed.js';
import type { Observation } from '../src/domain/tool.js';
import { runSafeTool, runUnsafeTool } from './activities.js';
import type { Asks } from './asks.js';
import type { Dispatch } from './dispatch.js';
import { failureType, troubleOf } from './failures.js';
import { leaveWait, type Waiter } from './person-wait.js';

export interface Caller extends Waiter {
  readonly dispatch: Dispatch;
  readonly asks: Asks;
  /** This run was restarted from outside: its calls are not run before a person lets it go on. */
  restarted: boolean;
  /** The message that may let a restarted run go on. */
  wake: SignedMessage | undefined;
}

/**
 * Undefined: there is nothing to wait for. Calls may be open afterwards: then it is time to move on, or over, or to wait for
 * a person (`restarted`).
 */
export function answerCalls(caller: Caller): Promise<unknown> | undefined {
  const { run, asks } = caller;
  const pending = run.pending();
  for (const { call, reason } of pending.filter(({ verdict }) => verdict === 'refuse')) {
    run.add({ role: 'tool', call, outcome: 'refused', content: reason ?? 'Refused.' });
  }
  const toRun = pending.filter(({ verdict, placement }) => verdict !== 'refuse' && placement === 'activity');
  for (const { call, verdict, reason } of toRun) if (verdict === 'ask') asks.ask(call, reason ?? '');
  asks.tidy();
  if (toRun.length === 0) return undefined;
  if (asks.open.length > 0) asks.show(caller.mirroring);
  const safe = toRun.filter(({ replay }) => replay === 'safe').map((call) => answer(caller, call));
  const unsafe = (async () => {
    for (const call of toRun.filter(({ replay }) => replay === 'unsafe')) {
      if ((await answer(caller, call)) === 'open') return;
    }
  })();
  return Promise.all([...safe, unsafe]);
}

// ---

const EXPIRED = 'Nobody has approved this call in time, so it counts as denied.';

async function answer(caller: Caller, judged: JudgedCall): Promise<'answered' | 'open'> {
  const { asks } = caller;
  const { call } = judged;
  let decision: Decision | undefined;
  for (;;) {
    if (asks.asks(call) && !decision) {
      const decided = await asks.decided(call, caller.mustMove);
      if (decided === 'moved') return 'open';
      if (decided === 'expired') return settle(caller, { call, outcome: 'refused', content: EXPIRED });
      decision = decided;
    }
    try {
      const result = await send(caller, judged, decision);
      if (caller.waiting !== null) leaveWait(caller);
      if (result.kind === 'ran') return settle(caller, result.observation);
      if (result.kind === 'decision_refused') asks.refuse(call, result.reason);
      else asks.ask(call, result.reason);
      decision = undefined;
      asks.show(caller.mirroring);
    } catch (error) {
      if (isCancellation(error)) throw error;
      const type = failureType(error);
      if (type === undefined) throw error;
      if (type === FAILURES.restarted) {
        if (decision) asks.receive(decision);
        return holdBack(caller, error);
      }
      if (troubleOf(error).kind !== 'lost') return settle(caller, broken(judged, error, type));
      // The same decision again: the claim tells whether it was used.
      caller.dispatch.forget();
    }
  }
}

function holdBack(caller: Caller, error: unknown): 'open' {
  const trouble = troubleOf(error);
  caller.restarted = true;
  caller.waiting = 'reason' in trouble ? trouble.reason : 'restarted from outside';
  return 'open';
}

function send({ run, dispatch, asks, wake }: Caller, judged: JudgedCall, decision: Decision | undefined) {
  if (asks.open.every(({ call }) => call === judged.call)) run.show('tool', judged.summary ?? null);
  const activity = judged.replay === 'safe' ? runSafeTool : runUnsafeTool;
  const said = decision ? { decision, chain: workflowInfo().firstExecutionRunId } : {};
  return dispatch.send(({ base, groups, queue }) =>
    activity.executeWithOptions({ taskQueue: queue, summary: judged.summary }, [
      { ...base, call: judged.call, ...said, ...(wake ? { wake } : {}) },
      ...groups,
    ]),
  );
}

function settle({ run, asks, mirroring }: Caller, observation: Observation): 'answered' {
  const waited = asks.asks(observation.call);
  asks.settle(observation.call);
  run.add(toMessage(observation));
  if (waited && asks.open.length > 0) asks.show(mirroring);
  else if (waited) asks.leave();
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
