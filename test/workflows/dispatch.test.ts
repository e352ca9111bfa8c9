/** What a worker is sent: a token, and the whole conversation only where it misses. */

import { TimeoutType } from '@temporalio/common';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Destination } from '../../workflows/dispatch.js';
import { ActivityDouble, accepted, activityFailure, surroundings, timedOut } from '../support/workflow-double.js';
import { WorkflowTwin } from '../support/workflow-twin.js';

const twin = vi.hoisted(() => ({ current: undefined as unknown as WorkflowTwin }));
vi.mock('@temporalio/workflow', () => ({
  workflowInfo: () => twin.current.module.workflowInfo(),
  setCurrentDetails: () => undefined,
  upsertMemo: (memo: Record<string, unknown>) => twin.current.module.upsertMemo(memo),
  patched: () => twin.current.patched,
}));

beforeEach(() => {
  twin.current = new WorkflowTwin();
  twin.current.start();
});
afterEach(() => {
  vi.restoreAllMocks();
});

function sending(answers: ActivityDouble['answers'], host: string | null = null, destination: Destination = {}) {
  const mirror = new ActivityDouble();
  mirror.answers = [{ kind: 'written', host: 'rookery@2' }];
  const around = surroundings({}, { mirror });
  if (host !== null) around.run.host = host;
  const activity = new ActivityDouble();
  activity.answers = answers;
  const send = (bound = true): Promise<unknown> =>
    around.dispatch.send(({ base, groups, where }) => activity.executeWithOptions(where, [base, ...groups]) as never, {
      bound,
      ...destination,
    });
  return { ...around, activity, mirror, send, sent: () => activity.scheduled };
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

const NOT_TAKEN = timedOut(TimeoutType.SCHEDULE_TO_START);
const ELSEWHERE = { kind: 'elsewhere' };
const HERE = { kind: 'written', host: 'rookery@2' };
const A = 'rookery@1';
const unsafe = (id: string, lost = false) => ({ call: { id, lost } });

/** Where each was sent, for which host, and how long it was to wait. */
const ways = (sent: ReturnType<ReturnType<typeof sending>['sent']>): unknown[] =>
  sent.map(({ options, base }) => [options.taskQueue, base.host, options.scheduleToStartTimeout]);

test('what a lost host does not take goes to another host, which becomes the host of a task that left nothing there', async () => {
  const { run, send, sent } = sending([ELSEWHERE, NOT_TAKEN, HERE, WRITTEN], A);
  await send();
  expect(run.host).toBe('rookery@2');
  await send();
  expect(ways(sent())).toEqual([
    ['my-app', A, undefined],
    ['my-app@1', A, '2 seconds'],
    ['my-app', undefined, undefined],
    ['my-app@2', 'rookery@2', '2 seconds'],
  ]);
  expect(sent()[2]?.base.newHost).toEqual({ host: A, since: twin.current.now });
  expect(twin.current.memos).toEqual([]);
});

test('a task that left something on its host waits for it, and says so, until the host takes the activity', async () => {
  const { run, send, sent } = sending([ELSEWHERE, NOT_TAKEN, WRITTEN, WRITTEN], A);
  run.bonds.noteAnswered({ id: 'c', lost: false }, true);
  await send();
  expect(run.host).toBe(A);
  expect(ways(sent()).slice(1)).toEqual([
    ['my-app@1', A, '2 seconds'],
    ['my-app@1', A, undefined],
  ]);
  const reason = 'no worker polls queue my-app@1 since 1970-01-01T00:16:40Z';
  expect(twin.current.memos).toEqual([
    { rookery: { phase: 'stalled', reason } },
    { rookery: { phase: 'thinking', reason: null } },
  ]);
  await send();
  expect(ways(sent()).at(-1)).toEqual(['my-app@1', A, '2 seconds']);
});

test('a shared workspace lets it go all the same, but not with an unsafe call that may have been started', async () => {
  const shared = (call: object) => {
    const made = sending([ELSEWHERE, NOT_TAKEN, HERE], A, call);
    made.run.settleAt(A, { shared: true });
    made.run.bonds.noteAnswered({ id: 'c', lost: false }, true);
    return made;
  };
  const idle = shared({});
  await idle.send();
  expect(idle.run.host).toBe('rookery@2');

  const unsent = shared(unsafe('d'));
  unsent.run.bonds.noteSent({ id: 'd', lost: false });
  await unsent.send();
  // First the files find the host: the call goes to that one alone, and so does its claim.
  expect(ways(unsent.mirror.scheduled)).toEqual([['my-app', undefined, undefined]]);
  expect(ways(unsent.sent()).at(-1)).toEqual(['my-app@2', 'rookery@2', '2 seconds']);

  const begun = shared(unsafe('d', true));
  await begun.send();
  expect(begun.run.host).toBe(A);

  const another = shared({});
  another.run.bonds.noteSent({ id: 'd', lost: false });
  await another.send();
  expect(another.run.host).toBe(A);

  const failure = timedOut(TimeoutType.SCHEDULE_TO_START, new Error('an earlier attempt'));
  const paused = shared(unsafe('d'));
  paused.activity.answers = [ELSEWHERE, failure, WRITTEN];
  await paused.send();
  expect(paused.run.host).toBe(A);
});

test('a host that still polls keeps its task: it waits there longer', async () => {
  const { run, send, sent } = sending([ELSEWHERE, NOT_TAKEN, ELSEWHERE, WRITTEN], A);
  await send();
  expect(run.host).toBe(A);
  expect(ways(sent()).at(-1)).toEqual(['my-app@1', A, '5 minutes']);
  expect(twin.current.memos).toEqual([]);
});

test('no other host has the workspace: the reason says so', async () => {
  const { run, send } = sending([ELSEWHERE, NOT_TAKEN, { ...ELSEWHERE, reason: 'rookery@2: it has none' }, WRITTEN], A);
  await send();
  expect(run.host).toBe(A);
  expect(JSON.stringify(twin.current.memos[0])).toContain('since 1970-01-01T00:16:40Z; rookery@2: it has none');
});

test('files that wait for their host hold nothing up, and the next step that needs it says why', async () => {
  const files = sending([ELSEWHERE, NOT_TAKEN, WRITTEN], A, { otherwise: 'files wait' });
  files.run.bonds.noteAnswered({ id: 'c', lost: false }, true);
  await files.send();
  expect(twin.current.memos).toEqual([]);
});

test('a run that was recorded before the rule is left to its caller', async () => {
  twin.current.patched = false;
  const { send, sent } = sending([ELSEWHERE, NOT_TAKEN, WRITTEN], A);
  await expect(send()).rejects.toThrow();
  expect(sent()).toHaveLength(2);
});
