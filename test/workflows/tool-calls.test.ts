/** How the loop answers the calls of a reply: which run, in which order, and what a failure of their activity means. */
import { CancelledFailure } from '@temporalio/common';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { JudgedCall } from '../../src/domain/activity-calls.js';
import { PendingApprovals } from '../../workflows/approvals.js';
import { Abandonment, answerCalls, giveUpClaimed, type ToolCaller } from '../../workflows/tool-calls.js';
import { ActivityDouble, accepted, activityFailure, surroundings, timedOut } from '../support/workflow-double.js';
import { WorkflowTwin } from '../support/workflow-twin.js';

const twin = vi.hoisted(() => ({
  current: undefined as unknown as WorkflowTwin,
  safe: undefined as unknown as ActivityDouble,
  unsafe: undefined as unknown as ActivityDouble,
}));
vi.mock('@temporalio/workflow', async (original) => {
  const { isCancellation } = await original<typeof import('@temporalio/workflow')>();
  const { forwarding } = await import('../support/workflow-twin.js');
  return { isCancellation, ...forwarding(() => twin.current) };
});
const ran = ({ base }: { base: Record<string, unknown> }): object => ({
  ...{ kind: 'ran', observation: { call: base.call, outcome: 'ok', content: `ran ${base.call}` } },
});

beforeEach(() => {
  twin.current = new WorkflowTwin();
  twin.current.start();
  [twin.safe, twin.unsafe] = [new ActivityDouble(), new ActivityDouble()];
  for (const activity of [twin.safe, twin.unsafe]) activity.answers = [ran];
});
afterEach(() => {
  vi.restoreAllMocks();
});

type Judged = Partial<JudgedCall>;
const UNSAFE: Judged = { verdict: 'run', placement: 'activity', replay: 'unsafe' };
const ASK: Judged = { ...UNSAFE, verdict: 'ask', reason: 'it runs a command' };

/** A reply with calls c1, c2, … that were judged so. */
function replied(...judged: readonly Judged[]): ToolCaller {
  const around = surroundings({}, { runSafeTool: twin.safe, runUnsafeTool: twin.unsafe, commandTimes: () => ({}) });
  const calls = judged.map((_, n) => ({ id: `c${n + 1}`, wire_id: 'w', name: 'shell', args: {} }));
  const full = judged.map((one, n) => ({ ...UNSAFE, ...one, call: `c${n + 1}` }) as JudgedCall);
  around.run.accept(accepted(calls, full), 0);
  const approvals = new PendingApprovals(around.run, undefined);
  return { ...around, approvals, restarted: false, halted: false, wake: undefined, abandoned: new Abandonment() };
}

const callsOf = (activity: ActivityDouble): unknown[] => activity.scheduled.map(({ base }) => base.call);
const results = ({ run }: ToolCaller): unknown[] =>
  run.tail.map((message) => message.role === 'tool' && [message.call, message.outcome]);
const decision = (call: string) => ({
  ...{ id: 'd', call, decision: 'approve', args: 'a', chain: 'first-run', expires: 1 },
});

test('a refused call is answered with its reason, and nothing is waited for', () => {
  const caller = replied({ verdict: 'refuse', reason: 'No.' });
  expect(answerCalls(caller)).toBeUndefined();
  expect(caller.run.tail).toMatchObject([{ call: 'c1', outcome: 'refused', content: 'No.' }]);
});

test('inline calls are left to the next iteration', () => {
  const caller = replied({ placement: 'inline' });
  expect(answerCalls(caller)).toBeUndefined();
  expect(caller.run.tail).toEqual([]);
});

test('unsafe calls run one after the other, safe ones beside them', async () => {
  const caller = replied({}, { replay: 'safe' }, {});
  let release: (answer: object) => void = () => undefined;
  twin.unsafe.answers = [() => new Promise((resolve) => (release = resolve)), ran];
  const all = answerCalls(caller);
  await twin.current.pass();
  expect([callsOf(twin.unsafe), callsOf(twin.safe)]).toEqual([['c1'], ['c2']]);
  release(ran({ base: { call: 'c1' } }));
  await all;
  expect(callsOf(twin.unsafe)).toEqual(['c1', 'c3']);
  expect(results(caller)).toEqual([
    ['c2', 'ok'],
    ['c1', 'ok'],
    ['c3', 'ok'],
  ]);
});

test('a call that waits runs with the decision of a person; one that expires counts as denied', async () => {
  const caller = replied(ASK, ASK);
  const all = answerCalls(caller);
  await twin.current.pass();
  expect(callsOf(twin.unsafe)).toEqual([]);
  caller.approvals.receive(decision('c1'));
  await twin.current.pass();
  expect(twin.unsafe.scheduled).toMatchObject([{ base: { call: 'c1', decision: { id: 'd' }, chain: 'first-run' } }]);
  await twin.current.pass(25 * 3_600_000);
  await all;
  expect(results(caller)).toEqual([
    ['c1', 'ok'],
    ['c2', 'refused'],
  ]);
});

test('a call that continues in a new run keeps the unsafe calls after it', async () => {
  const caller = { ...replied(ASK, {}), mustMove: () => true };
  const all = answerCalls(caller);
  await twin.current.pass();
  await all;
  expect(callsOf(twin.unsafe)).toEqual([]);
  expect(results(caller)).toEqual([]);
});

test('a worker whose policy asks now makes the call wait; a decision that is not valid leaves it waiting', async () => {
  const caller = replied({});
  twin.unsafe.answers = [{ kind: 'ask', reason: 'asks now' }, { kind: 'decision_refused', id: 'd', reason: 'no' }, ran];
  const all = answerCalls(caller);
  await twin.current.pass();
  expect(caller.approvals.has('c1')).toBe(true);
  for (let n = 0; n < 2; n++) {
    caller.approvals.receive(decision('c1'));
    await twin.current.pass();
  }
  await all;
  expect(results(caller)).toEqual([['c1', 'ok']]);
});

test('a lost worker: the same call again, whole and with the same decision', async () => {
  const caller = replied(ASK);
  twin.unsafe.answers = [timedOut(), ran];
  const forget = vi.spyOn(caller.dispatch, 'forget');
  const all = answerCalls(caller);
  caller.approvals.receive(decision('c1'));
  await twin.current.pass();
  await all;
  expect(forget).toHaveBeenCalledOnce();
  expect(twin.unsafe.scheduled.map(({ base }) => base.decision)).toMatchObject([{ id: 'd' }, { id: 'd' }]);
});

test('an activity that fails otherwise leaves the outcome unknown, and the task continues', async () => {
  const caller = replied({}, {});
  twin.unsafe.answers = [activityFailure('SomethingNew'), ran];
  await answerCalls(caller);
  expect(results(caller)).toEqual([
    ['c1', 'unknown'],
    ['c2', 'ok'],
  ]);
  expect(caller).toMatchObject({ restarted: false, waiting: null });
});

test('a run that was restarted from outside runs nothing more, and keeps the decision for later', async () => {
  const caller = replied(ASK, {});
  twin.unsafe.answers = [activityFailure('RestartedOutside')];
  const all = answerCalls(caller);
  caller.approvals.receive(decision('c1'));
  await twin.current.pass();
  await all;
  expect(caller).toMatchObject({ restarted: true, waiting: { phase: 'waiting_person', reason: 'the reason' } });
  expect(caller.approvals.decisions).toMatchObject([{ id: 'd' }]);
  expect(callsOf(twin.unsafe)).toEqual(['c1']);
  expect(results(caller)).toEqual([]);
});

test('a result ends the wait for a person', async () => {
  const caller = replied({});
  caller.waiting = { phase: 'waiting_person', reason: 'a reason' };
  await answerCalls(caller);
  expect(caller.waiting).toBeNull();
});

test('a cancel, and what is no failure of the activity, are thrown', async () => {
  for (const error of [new CancelledFailure('cancelled'), new Error('a defect')]) {
    twin.unsafe.answers = [error];
    await expect(answerCalls(replied({}))).rejects.toThrow(error.message);
  }
});

test('when the task has left its host, calls that may have been started there are unknown, and those not sent wait', async () => {
  const caller = replied({}, ASK, { replay: 'safe' });
  twin.unsafe.answers = [() => new Promise(() => undefined)];
  const all = answerCalls(caller);
  await twin.current.pass();
  caller.run.leaveHost(0);
  caller.run.settleAt('rookery@2', {});
  caller.abandoned.now();
  await expect(all).rejects.toThrow('has left the host');
  giveUpClaimed(caller);
  expect(results(caller)).toEqual([
    ['c3', 'ok'],
    ['c1', 'unknown'],
  ]);
  expect(caller.approvals.has('c2')).toBe(true);
  expect(caller.run.pending().map(({ call }) => call)).toEqual(['c2']);
});

test('a call that was requested on the host before says so to the next one', async () => {
  const caller = replied({});
  caller.run.host = 'rookery@1';
  caller.run.leaveHost(0);
  caller.run.settleAt('rookery@2', {});
  await answerCalls(caller);
  expect(twin.unsafe.scheduled.map(({ base }) => base.inherited)).toEqual([true]);
});
