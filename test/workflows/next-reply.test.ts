/** How the loop asks for a reply: which errors it retries, after which it waits for a person, and which end the task. */
import { CancelledFailure, TimeoutType } from '@temporalio/common';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FIXED } from '../../src/domain/limits.js';
import type { TaskInput } from '../../src/domain/protocol.js';
import type { Wait } from '../../src/domain/wait.js';
import { type NextReply, nextReply, type ReplyAsker } from '../../workflows/next-reply.js';
import { ActivityDouble, accepted, activityFailure, surroundings, timedOut } from '../support/workflow-double.js';
import { WorkflowTwin } from '../support/workflow-twin.js';

const twin = vi.hoisted(() => ({
  current: undefined as unknown as WorkflowTwin,
  iterate: undefined as unknown as ActivityDouble,
}));
vi.mock('@temporalio/workflow', async (original) => {
  const { isCancellation } = await original<typeof import('@temporalio/workflow')>();
  const { forwarding } = await import('../support/workflow-twin.js');
  const patched = () => twin.current.patched;
  return { isCancellation, patched, ...forwarding(() => twin.current) };
});

beforeEach(() => {
  twin.current = new WorkflowTwin();
  twin.iterate = new ActivityDouble();
  twin.current.start();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const forPerson = (reason: string): Wait => ({ phase: 'waiting_person', reason });

type Again = Extract<NextReply, { kind: 'again' }>;

/** Asks as the loop does, as long as it is to ask again and does not wait. */
async function askAgain(asker: ReplyAsker, times = 100): Promise<NextReply> {
  let reply = await nextReply(asker);
  for (let n = 1; n < times && reply.kind === 'again' && asker.waiting === null; n++) {
    reply = await nextReply(asker, reply);
  }
  return reply;
}

function asker(answers: ActivityDouble['answers'], input: Partial<TaskInput> = {}): ReturnType<typeof surroundings> {
  twin.iterate.answers = answers;
  return surroundings(input, { iterate: twin.iterate });
}

test('a reply is accepted with as much of the tail as was sent', async () => {
  const from = asker([accepted()]);
  expect(await nextReply(from)).toEqual({ kind: 'accepted', result: accepted(), sentTail: 0 });
  expect(from.run.phase).toBe('thinking');
  expect(twin.iterate.scheduled).toMatchObject([{ base: { n: 1 }, options: { taskQueue: 'my-app' } }]);
});

test('after twenty provider errors in a row the task waits for a person, and not before', async () => {
  const from = asker([activityFailure('rate_limit')]);
  await askAgain(from, FIXED.providerErrors / 5 - 1);
  expect(from).toMatchObject({ waiting: null, run: { errors: FIXED.providerErrors - 5, reason: 'the reason' } });
  await nextReply(from);
  expect(from).toMatchObject({
    waiting: forPerson('the reason'),
    run: { errors: FIXED.providerErrors, phase: 'retrying' },
  });
  // The activity learns how many errors there were.
  expect(twin.iterate.scheduled.map(({ base }) => base.errors)).toEqual([undefined, 5, 10, 15]);
});

test('a provider that is down for half an hour makes the task wait, and not before', async () => {
  const from = asker([activityFailure('unavailable')]);
  await nextReply(from);
  twin.current.now += FIXED.providerDownMs - 1;
  await nextReply(from);
  expect(from.waiting).toBeNull();
  twin.current.now += 1;
  await nextReply(from);
  expect(from.waiting).toMatchObject(forPerson('the reason'));
});

test('a task that waits keeps waiting after one more error, for the new reason', async () => {
  const from = asker([activityFailure('rate_limit', 'another reason')]);
  from.waiting = forPerson('the first reason');
  const reply = nextReply(from);
  await twin.current.pass(FIXED.retryWaitMs);
  await reply;
  expect(from.waiting).toMatchObject(forPerson('another reason'));
});

test('a task that waits asks again after a quarter of an hour, and a reply ends the wait', async () => {
  const from = asker([activityFailure('auth'), accepted()]);
  const again = (await nextReply(from)) as Again;
  expect(from.waiting).toMatchObject(forPerson('the reason'));
  const reply = nextReply(from, again);
  expect(from).toMatchObject({ inbox: { open: true }, mirroring: { flushed: 1 }, run: { phase: 'waiting_person' } });
  expect(twin.current.nextTimer).toBe(twin.current.now + FIXED.retryWaitMs);
  expect(twin.iterate.scheduled).toHaveLength(1);
  await twin.current.pass(FIXED.retryWaitMs);
  expect(await reply).toMatchObject({ kind: 'accepted' });
  expect(from).toMatchObject({ waiting: null, inbox: { open: false }, run: { reason: null } });
});

test('a wait ends with the time limit of the task', async () => {
  const from = asker([accepted()], { limits: { max_time_ms: 60_000 } });
  from.waiting = forPerson('a reason');
  const reply = nextReply(from);
  await twin.current.pass(60_000);
  expect(await reply).toMatchObject({ kind: 'failed', error: 'Time limit of 60 s reached' });
  expect(twin.iterate.scheduled).toEqual([]);
});

test('a request that was lost is sent again at once, also in the middle of a wait', async () => {
  const from = asker([timedOut(), accepted()]);
  const again = (await nextReply(from)) as Again;
  expect(again).toMatchObject({ kind: 'again', common: false, lost: true });
  from.waiting = forPerson('a reason');
  expect(await nextReply(from, again)).toMatchObject({ kind: 'accepted' });
});

test('where the history is long a wait moves to a new run without asking', async () => {
  const from = { ...asker([accepted()]), mustMove: () => true, waiting: forPerson('a reason') };
  expect(await nextReply(from)).toEqual({ kind: 'moved' });
  expect(twin.iterate.scheduled).toEqual([]);
});

test('a message that wakes goes along, and one with a wrong signature is noted once', async () => {
  const from = asker([{ kind: 'message_refused', id: 'm' }]);
  from.waiting = forPerson('a reason');
  for (const id of ['m1', 'm2']) {
    const reply = nextReply(from);
    (from.inbox.wakes as unknown[]).push({ id, mac: 'x' });
    await twin.current.pass();
    expect(await reply).toMatchObject({ kind: 'again', lost: false, wake: { id } });
  }
  expect(from.waiting).toMatchObject(forPerson('a reason (a resume without a valid signature was refused)'));
  expect(twin.iterate.scheduled.map(({ base }) => base.wake)).toMatchObject([{ id: 'm1' }, { id: 'm2' }]);
});

test('a bound task whose host does not take its iteration asks another host, unless inline tools must read its files', async () => {
  const bound = (answers: ActivityDouble['answers']) => {
    const from = asker([{ kind: 'elsewhere' }, ...answers], { host: 'host-1' });
    from.run.bonds.noteAnswered({ id: 'c', lost: false }, true);
    return from;
  };
  const from = bound([timedOut(TimeoutType.SCHEDULE_TO_START), accepted()]);
  await askAgain(from);
  expect(twin.iterate.scheduled.map(({ base }) => base.host)).toEqual(['host-1', 'host-1', undefined]);
  expect(twin.iterate.scheduled.at(-1)?.base.newHost).toBeUndefined();
  expect(from.mirroring.flushed).toBe(1);

  twin.iterate = new ActivityDouble();
  const inline = bound([timedOut(TimeoutType.SCHEDULE_TO_START), accepted()]);
  inline.run.accept(accepted([{ id: 'c', wire_id: 'w', name: 'list_files', args: {} }]), 0);
  await askAgain(inline);
  expect(twin.iterate.scheduled.map(({ base }) => base.host)).toEqual(['host-1', 'host-1', 'host-1']);
});

test('a refused start fails the task, and a refusal after a reply waits for a person', async () => {
  const at = asker([activityFailure('StartRefused')]);
  expect(await nextReply(at)).toEqual({ kind: 'failed', error: 'the reason', refused: true });
  expect(at.waiting).toBeNull();
  const later = asker([activityFailure('StartRefused')]);
  later.run.accept(accepted(), 0);
  expect(await nextReply(later)).toMatchObject({ kind: 'again' });
  expect(later.waiting).toMatchObject(forPerson('the reason'));
});

test('a request that the provider does not accept fails the task; the end of its time ends it', async () => {
  expect(await nextReply(asker([activityFailure('bad_request')]))).toEqual({
    ...{ kind: 'failed', error: 'the reason', refused: false },
  });
  expect(await nextReply(asker([activityFailure('OutOfTime')]))).toEqual({ kind: 'out_of_time' });
});

test('a cancel is thrown, and an end that another program wrote is left to the loop', async () => {
  await expect(nextReply(asker([new CancelledFailure('cancelled')]))).rejects.toThrow('cancelled');
  expect(await nextReply(asker([{ kind: 'stopped' }]))).toMatchObject({ kind: 'again' });
});
