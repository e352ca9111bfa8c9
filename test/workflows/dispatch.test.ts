/** What a worker is sent: a token, and the whole conversation only where it misses. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ActivityDouble, accepted, activityFailure, surroundings } from '../support/workflow-double.js';
import { WorkflowTwin } from '../support/workflow-twin.js';

const twin = vi.hoisted(() => ({ current: undefined as unknown as WorkflowTwin }));
vi.mock('@temporalio/workflow', () => ({
  workflowInfo: () => twin.current.module.workflowInfo(),
  setCurrentDetails: () => undefined,
}));

beforeEach(() => {
  twin.current = new WorkflowTwin();
  twin.current.start();
});
afterEach(() => {
  vi.restoreAllMocks();
});

function sending(answers: ActivityDouble['answers'], host: string | null = null) {
  const around = surroundings();
  if (host !== null) around.run.host = host;
  const activity = new ActivityDouble();
  activity.answers = answers;
  const send = (bound = true): Promise<unknown> =>
    around.dispatch.send(
      ({ base, groups, queue }) => activity.executeWithOptions({ taskQueue: queue }, [base, ...groups]) as never,
      { bound },
    );
  return { ...around, send, sent: () => activity.scheduled };
}

const WRITTEN = { kind: 'written' };
const MISS = { kind: 'needed' };

test('the first request has no conversation; the start goes with the answer to a miss', async () => {
  const { send, sent } = sending([MISS, WRITTEN]);
  await send();
  expect(sent().map(({ base }) => [base.whole, base.start])).toEqual([
    [undefined, undefined],
    [0, { prompt: 'p' }],
  ]);
});

test('a conversation is sent whole after a miss, and expected by its token from then on', async () => {
  const { run, send, sent } = sending([MISS, WRITTEN, MISS, MISS, WRITTEN]);
  run.accept(accepted(), 0);
  await send();
  await send();
  expect(sent().map(({ base }) => [base.whole, base.expect])).toEqual([
    ...[[undefined, undefined] as const, [1, undefined] as const],
    ...[[undefined, undefined] as const, [undefined, true] as const, [1, undefined] as const],
  ]);
});

test('after a worker died the conversation goes whole again', async () => {
  const { run, dispatch, send, sent } = sending([MISS, WRITTEN, MISS, WRITTEN]);
  run.accept(accepted(), 0);
  await send();
  dispatch.forget();
  await send();
  expect(sent().map(({ base }) => base.whole)).toEqual([undefined, 1, undefined, 1]);
});

test('the queue of the host is used once a worker of another host has answered', async () => {
  const { send, sent } = sending([WRITTEN, { kind: 'elsewhere' }, WRITTEN], 'rookery@1');
  await send();
  await send();
  await send(false);
  expect(sent().map(({ options, base }) => [options.taskQueue, base.host])).toEqual([
    ['my-app', 'rookery@1'],
    ['my-app', 'rookery@1'],
    ['my-app@1', 'rookery@1'],
    ['my-app', undefined],
  ]);
});

test('the pending mirror goes to the host, or to the first worker, and again when it did not arrive', async () => {
  const first = sending([MISS, WRITTEN]);
  first.pendingMirror.markDirty();
  await first.send(false);
  expect(first.sent().map(({ base }) => base.record !== undefined)).toEqual([true, true]);
  expect(first.pendingMirror.any).toBe(false);

  const later = sending([activityFailure('unavailable')], 'rookery@1');
  later.pendingMirror.markDirty();
  await later.send(false).catch(() => undefined);
  expect(later.sent()[0]?.base.record).toBeUndefined();
  await later.send().catch(() => undefined);
  expect(later.sent()[1]?.base.record).toBeDefined();
  expect(later.pendingMirror.any).toBe(true);
});
