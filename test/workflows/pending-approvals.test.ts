/** Calls that wait for approval: how long, for which decision, and what ends the wait. Decided in memory, without a server. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Carried } from '../../src/domain/continue-as-new.js';
import { NO_EXPIRY } from '../../src/domain/expiry.js';
import { FIXED } from '../../src/domain/limits.js';
import type { Decision } from '../../src/domain/messages.js';
import type { TaskInput } from '../../src/domain/protocol.js';
import { PendingApprovals } from '../../workflows/approvals.js';
import type { MirrorQueue } from '../../workflows/mirror-queue.js';
import { TaskRun } from '../../workflows/task-state.js';
import { WorkflowTwin } from '../support/workflow-twin.js';

const twin = vi.hoisted(() => ({ current: undefined as unknown as WorkflowTwin }));
vi.mock('@temporalio/workflow', async () => {
  const { forwarding } = await import('../support/workflow-twin.js');
  return forwarding(() => twin.current);
});

beforeEach(() => {
  twin.current = new WorkflowTwin();
  twin.current.start();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const never = (): boolean => false;

function waiting(limits: TaskInput['limits'] = {}): { run: TaskRun; approvals: PendingApprovals } {
  const run = new TaskRun({ prompt: 'p', limits }, undefined, []);
  const approvals = new PendingApprovals(run, undefined);
  approvals.request('c1', 'it runs a command');
  return { run, approvals };
}

function decision(call: string, id = 'd'): Decision {
  return { id, call, decision: 'approve', args: 'a', chain: 'first-run', expires: 1 };
}

test('an approval is waited for up to its expiry, and then counts as denied', async () => {
  const { approvals } = waiting();
  const decided = approvals.decided('c1', never);
  await twin.current.pass(FIXED.approvalMs - 1);
  expect(twin.current.nextTimer).toBe(twin.current.now + 1);
  await twin.current.pass(1);
  expect(await decided).toBe('expired');
});

test("the task's own time limit ends the wait before", async () => {
  const { run, approvals } = waiting({ max_time_ms: 60_000 });
  const decided = approvals.decided('c1', never);
  // When four fifths of it are over, a person is warned.
  expect(twin.current.nextTimer).toBe(twin.current.now + 48_000);
  await twin.current.pass(48_000);
  expect(twin.current.nextTimer).toBe(twin.current.now + 12_000);
  await twin.current.pass(12_000);
  expect(await decided).toBe('moved');
  expect(run.timeLeft).toBe(0);
});

test('the time limit counts from the start of the task, also in a later run', () => {
  const { run, approvals } = waiting({ max_time_ms: 60_000 });
  const { startedAt } = run;
  const carried = { ...carriedFrom(run), asks: approvals.open };
  twin.current.now += 45_000;
  const next = new TaskRun({ prompt: 'p', limits: { max_time_ms: 60_000 } }, carried, []);
  expect(next.startedAt).toBe(startedAt);
  expect(next.timeLeft).toBe(15_000);
});

function carriedFrom(run: TaskRun): Carried {
  return {
    ...{ record: run.record, started_at: run.startedAt, state: run.state, tail: 0, judged: [], host: null },
    ...{ searchable: false, cap: null, errors: 0, errors_since: null, wait: null, wakes: [], decisions: [], asks: [] },
  };
}

test('a decision ends the wait of its call alone, and is used once', async () => {
  const { approvals } = waiting();
  approvals.request('c2', 'another');
  const first = approvals.decided('c1', never);
  approvals.receive(decision('c2'));
  await twin.current.pass();
  approvals.receive(decision('c1'));
  await twin.current.pass();
  expect(await first).toMatchObject({ call: 'c1' });
  expect(await approvals.decided('c2', never)).toMatchObject({ call: 'c2' });
  expect(approvals.decisions).toEqual([]);
});

test('a flood is bounded: 16 decisions of a call, 256 in all', () => {
  const { approvals } = waiting();
  for (let i = 0; i < 40; i++) approvals.receive(decision('c1', `d${i}`));
  expect(approvals.decisions).toHaveLength(16);
  for (let i = 0; i < 400; i++) approvals.receive(decision(`other-${i}`));
  expect(approvals.decisions).toHaveLength(256);
});

test('a decision about a call that does not wait is dropped; what is no decision is not taken', () => {
  const { approvals } = waiting();
  for (const raw of [null, 'yes', { call: 'c1' }, { ...decision('c1'), decision: 'maybe' }]) approvals.receive(raw);
  approvals.receive(decision('other'));
  approvals.receive(decision('c1'));
  approvals.discardStale();
  expect(approvals.decisions).toMatchObject([{ call: 'c1' }]);
});

test('a call that has its result waits no more, and its decisions are gone', async () => {
  const { approvals } = waiting();
  approvals.receive(decision('c1'));
  approvals.close('c1', { flush: () => undefined } as MirrorQueue);
  expect(approvals.has('c1')).toBe(false);
  expect(approvals.decisions).toEqual([]);
  expect(await approvals.decided('c1', never)).toBe('expired');
});

test('the wait goes along into a new run: a call that waits keeps its expiry', async () => {
  const { run, approvals } = waiting();
  const carried = { ...carriedFrom(run), asks: approvals.open, decisions: [decision('c1')] };
  twin.current.now += 1_000;
  const next = new PendingApprovals(new TaskRun({ prompt: 'p' }, carried, []), carried);
  expect(next.open).toEqual(approvals.open);
  expect(await next.decided('c1', never)).toMatchObject({ call: 'c1' });
});

test('where the history is long the wait ends to continue as new', async () => {
  const { approvals } = waiting();
  let long = false;
  const decided = approvals.decided('c1', () => long);
  long = true;
  await twin.current.pass();
  expect(await decided).toBe('moved');
});

test('the time limit of the start counts instead, and without one nothing ends the wait but a decision', async () => {
  const short = new PendingApprovals(
    new TaskRun({ prompt: 'p', approval_timeout_ms: 5_000 }, undefined, []),
    undefined,
  );
  short.request('c1', 'it runs a command');
  expect(short.open).toMatchObject([{ expires: twin.current.now + 5_000 }]);
  const endless = new PendingApprovals(
    new TaskRun({ prompt: 'p', approval_timeout_ms: null }, undefined, []),
    undefined,
  );
  endless.request('c1', 'it runs a command');
  expect(endless.open).toMatchObject([{ expires: NO_EXPIRY }]);
  const decided = endless.decided('c1', never);
  expect(twin.current.nextTimer).toBe(Number.POSITIVE_INFINITY);
  endless.receive(decision('c1'));
  await twin.current.pass();
  expect(await decided).toMatchObject({ call: 'c1' });
});

test('a question is no approval; answers and judgements are ignored by a run that an older version began', () => {
  const { approvals } = waiting();
  approvals.request('q1', 'Which database?', 'question');
  expect([approvals.isQuestion('c1'), approvals.isQuestion('q1')]).toEqual([false, true]);
  const answer = { ...decision('q1'), decision: 'answer', text: 'staging' } as const;
  twin.current.patched = false;
  approvals.receive(answer);
  approvals.receive({ ...decision('c1'), decision: 'judge' });
  expect(approvals.decisions).toEqual([]);
  twin.current.patched = true;
  approvals.receive({ ...answer, text: undefined });
  approvals.receive(answer);
  expect(approvals.decisions).toMatchObject([{ text: 'staging' }]);
});
