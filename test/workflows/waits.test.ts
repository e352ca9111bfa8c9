/** Waits between two tries: what ends them, what is shown meanwhile, what a new run takes over. Decided in memory. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FIXED } from '../../src/domain/limits.js';
import { MEMO_PHASE, type TaskInput } from '../../src/domain/protocol.js';
import { MEMO_PROGRESS } from '../../src/domain/task-memo.js';
import type { Wait } from '../../src/domain/wait.js';
import type { Inbox } from '../../workflows/inbox.js';
import type { MirrorQueue } from '../../workflows/mirror-queue.js';
import { leaveWait, waitForTry } from '../../workflows/person-wait.js';
import { TaskRun } from '../../workflows/task-state.js';
import type { Waiter } from '../../workflows/waiter.js';
import { quietControl } from '../support/workflow-double.js';
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

const HOUR = 3_600_000;

function waiter(limits: TaskInput['limits'] = {}): Waiter & { readonly flushed: () => number } {
  const flush = vi.fn();
  return {
    run: new TaskRun({ prompt: 'p', limits }, undefined, []),
    mirroring: { flush } as unknown as MirrorQueue,
    inbox: { open: false, wakes: [] } as unknown as Inbox,
    control: quietControl,
    mustMove: () => false,
    waiting: null,
    flushed: () => flush.mock.calls.length,
  };
}

const named = (until: number): Wait => ({ phase: 'retrying', reason: 'busy', until });

test('a time that the provider named is waited for to its end; memo and files show it', async () => {
  const task = waiter();
  const tried = waitForTry(task, named(twin.current.now + 2 * HOUR));
  expect(twin.current.nextTimer).toBe(twin.current.now + 2 * HOUR);
  expect(task).toMatchObject({ inbox: { open: true }, run: { phase: 'retrying' } });
  expect(task.flushed()).toBe(1);
  const reason = expect.stringMatching(/^busy; next try at 1970-01-01T02:16:40Z$/);
  expect(twin.current.memos).toMatchObject([
    { [MEMO_PHASE]: { phase: 'retrying', reason }, [MEMO_PROGRESS]: { iterations: 0 } },
  ]);
  await twin.current.pass(2 * HOUR);
  expect(await tried).toBeUndefined();
});

test('a resume ends it, and is used once', async () => {
  const task = waiter();
  const tried = waitForTry(task, named(twin.current.now + HOUR));
  task.inbox.wakes.push({ id: 'm' });
  await twin.current.pass();
  expect(await tried).toEqual({ id: 'm' });
  expect(task.inbox.wakes).toEqual([]);
});

test("the task's time limit ends it before", async () => {
  const task = waiter({ max_time_ms: 30_000 });
  const tried = waitForTry(task, named(twin.current.now + 2 * HOUR));
  // When four fifths of it are over, a person is warned.
  expect(twin.current.nextTimer).toBe(twin.current.now + 24_000);
  await twin.current.pass(24_000);
  expect(twin.current.nextTimer).toBe(twin.current.now + 6_000);
  expect(twin.current.memos).toHaveLength(1);
  await twin.current.pass(6_000);
  expect(await tried).toBeUndefined();
  expect(task.run.spentLimit).toBe('Time limit of 30 s reached');
});

test('a person is waited for in steps of 15 minutes', async () => {
  const task = waiter();
  const tried = waitForTry(task, { phase: 'waiting_person', reason: 'no key' });
  expect(twin.current.nextTimer).toBe(twin.current.now + FIXED.retryWaitMs);
  await twin.current.pass(FIXED.retryWaitMs);
  expect(await tried).toBeUndefined();
});

test('where the history is long it continues in a new run, which waits for the rest of the time', async () => {
  const until = twin.current.now + 2 * HOUR;
  expect(await waitForTry({ ...waiter(), mustMove: () => true }, named(until))).toBe('moved');
  twin.current.now += HOUR;
  void waitForTry(waiter(), named(until));
  expect(twin.current.nextTimer).toBe(until);
});

test('after it nothing is shown any more, and late resumes are dropped', () => {
  const task = waiter();
  task.waiting = named(1);
  task.inbox.open = true;
  task.inbox.wakes.push({ id: 'late' });
  leaveWait(task);
  expect(task).toMatchObject({ waiting: null, inbox: { open: false, wakes: [] }, run: { reason: null } });
  expect(twin.current.memos).toEqual([{ [MEMO_PHASE]: { phase: 'thinking', reason: null }, [MEMO_PROGRESS]: null }]);
});
