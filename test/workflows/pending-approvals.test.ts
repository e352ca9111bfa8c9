/** Calls that wait for approval: how long, for which decision, and what ends the wait. Decided in memory, without a server. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Decision } from '../../src/domain/approval.js';
import type { Carried } from '../../src/domain/carried.js';
import { FIXED } from '../../src/domain/limits.js';
import type { TaskInput } from '../../src/domain/protocol.js';
import { Asks } from '../../workflows/asks.js';
import { Run } from '../../workflows/run.js';
import { WorkflowTwin } from '../support/workflow-twin.js';

const twin = vi.hoisted(() => ({ current: undefined as unknown as WorkflowTwin }));
vi.mock('@temporalio/workflow', () => {
  const forward =
    (name: keyof WorkflowTwin['module']) =>
    (...args: never[]) =>
      (twin.current.module[name] as (...given: never[]) => unknown)(...args);
  const names = ['workflowInfo', 'setCurrentDetails', 'upsertMemo', 'upsertSearchAttributes', 'condition'] as const;
  return Object.fromEntries(names.map((name) => [name, forward(name)]));
});

beforeEach(() => {
  twin.current = new WorkflowTwin();
  twin.current.start();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const never = (): boolean => false;

function waiting(limits: TaskInput['limits'] = {}): { run: Run; asks: Asks } {
  const run = new Run({ prompt: 'p', limits }, undefined, []);
  const asks = new Asks(run, undefined);
  asks.ask('c1', 'it runs a command');
  return { run, asks };
}

function decision(call: string, id = 'd'): Decision {
  return { id, call, decision: 'approve', args: 'a', chain: 'first-run', expires: 1 };
}

test('an approval is waited for up to its expiry, and then counts as denied', async () => {
  const { asks } = waiting();
  const decided = asks.decided('c1', never);
  await twin.current.pass(FIXED.approvalMs - 1);
  expect(twin.current.nextTimer).toBe(twin.current.now + 1);
  await twin.current.pass(1);
  expect(await decided).toBe('expired');
});

test("the task's own time limit ends the wait before", async () => {
  const { run, asks } = waiting({ max_time_ms: 60_000 });
  const decided = asks.decided('c1', never);
  expect(twin.current.nextTimer).toBe(twin.current.now + 60_000);
  await twin.current.pass(60_000);
  expect(await decided).toBe('moved');
  expect(run.timeLeft).toBe(0);
});

test('the time limit counts from the start of the task, also in a later run', () => {
  const { run, asks } = waiting({ max_time_ms: 60_000 });
  const { startedAt } = run;
  const carried = { ...carriedFrom(run), asks: asks.open };
  twin.current.now += 45_000;
  const next = new Run({ prompt: 'p', limits: { max_time_ms: 60_000 } }, carried, []);
  expect(next.startedAt).toBe(startedAt);
  expect(next.timeLeft).toBe(15_000);
});

function carriedFrom(run: Run): Carried {
  return {
    ...{ record: run.record, started_at: run.startedAt, state: run.state, tail: 0, judged: [], host: null },
    ...{ searchable: false, cap: null, errors: 0, errors_since: null, wait: null, wakes: [], decisions: [], asks: [] },
  };
}

test('a decision ends the wait of its call alone, and is used once', async () => {
  const { asks } = waiting();
  asks.ask('c2', 'another');
  const first = asks.decided('c1', never);
  asks.receive(decision('c2'));
  await twin.current.pass();
  asks.receive(decision('c1'));
  await twin.current.pass();
  expect(await first).toMatchObject({ call: 'c1' });
  expect(await asks.decided('c2', never)).toMatchObject({ call: 'c2' });
  expect(asks.decisions).toEqual([]);
});

test('a flood is bounded: 16 decisions of a call, 256 in all', () => {
  const { asks } = waiting();
  for (let i = 0; i < 40; i++) asks.receive(decision('c1', `d${i}`));
  expect(asks.decisions).toHaveLength(16);
  for (let i = 0; i < 400; i++) asks.receive(decision(`other-${i}`));
  expect(asks.decisions).toHaveLength(256);
});

test('a decision about a call that does not wait is dropped; what is no decision is not taken', () => {
  const { asks } = waiting();
  for (const raw of [null, 'yes', { call: 'c1' }, { ...decision('c1'), decision: 'maybe' }]) asks.receive(raw);
  asks.receive(decision('other'));
  asks.receive(decision('c1'));
  asks.tidy();
  expect(asks.decisions).toMatchObject([{ call: 'c1' }]);
});

test('a call that has its result waits no more, and its decisions are gone', async () => {
  const { asks } = waiting();
  asks.receive(decision('c1'));
  asks.settle('c1');
  expect(asks.asks('c1')).toBe(false);
  expect(asks.decisions).toEqual([]);
  expect(await asks.decided('c1', never)).toBe('expired');
});

test('the wait goes along into a new run: a call that waits keeps its expiry', async () => {
  const { run, asks } = waiting();
  const carried = { ...carriedFrom(run), asks: asks.open, decisions: [decision('c1')] };
  twin.current.now += 1_000;
  const next = new Asks(new Run({ prompt: 'p' }, carried, []), carried);
  expect(next.open).toEqual(asks.open);
  expect(await next.decided('c1', never)).toMatchObject({ call: 'c1' });
});

test('where the history is long the wait ends to continue as new', async () => {
  const { asks } = waiting();
  let long = false;
  const decided = asks.decided('c1', () => long);
  long = true;
  await twin.current.pass();
  expect(await decided).toBe('moved');
});
