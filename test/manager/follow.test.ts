/** Following a task over all its runs: continue-as-new does not show, a Reset does, and each cursor gives exactly the rest. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import type { FollowEvent } from '../../src/manager/follow.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { expectEvents } from '../cli/schemas.js';
import { type BareServer, startBareServer } from '../support/bare-server.js';
import { eventsOf, runsOf } from '../support/history.js';
import { scriptedAgent } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { resetWorkflow, resumeRestarted } from '../support/reset.js';
import { type Rig, startRig, type Task } from '../support/rig.js';

let server: BareServer;
let rig: Rig;
let manager: BackgroundTaskManager;

beforeAll(async () => {
  server = await startBareServer({ 'limit.historyCount.suggestContinueAsNew': 60 });
  rig = await startRig({ address: server.address });
  manager = await managerOf(rig);
});
afterAll(async () => {
  await rig?.stop();
  await server?.stop();
});

const agent = (iterations: number) =>
  scriptedAgent({ iterations, callFor: () => ({ name: 'list_files', args: {} }), final: 'Done.' });

async function follow(id: string, since?: string, by = manager): Promise<FollowEvent[]> {
  const events: FollowEvent[] = [];
  const options = since === undefined ? {} : { since };
  await by.follow(id, { ...options, onEvent: (event) => events.push(event) });
  return events.filter(({ type }) => type !== 'text');
}

const short = (event: FollowEvent): string =>
  event.type === 'iteration' || event.type === 'rewound' ? `${event.type} ${event.iteration}` : event.type;
const loop = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => [`iteration ${from + n}`, 'call', 'result']).flat();

async function expectEachRest(id: string, events: readonly FollowEvent[]): Promise<void> {
  expectEvents(events);
  const cursors = events.map((event) => ('cursor' in event ? event.cursor : ''));
  expect(new Set(cursors).size).toBe(events.length);
  for (const [n, cursor] of cursors.entries()) {
    expect(await follow(id, cursor), `since event ${n}, ${cursor}`).toStrictEqual(events.slice(n + 1));
  }
}

test('over continue-as-new a live reader and a late one get the same events, each once', async () => {
  const ITERATIONS = 24;
  const task = await rig.start(agent(ITERATIONS));
  const live = await follow(task.id);
  expect((await runsOf(rig.client, task.id)).length).toBeGreaterThanOrEqual(3);
  expect(live.map(short)).toEqual(['submitted', ...loop(1, ITERATIONS), `iteration ${ITERATIONS + 1}`, 'end']);
  await expectEachRest(task.id, live);
});

test('a Reset shows as one rewound event, and what is worked on again comes after it', async () => {
  const task = await rig.start(agent(3));
  await task.result();
  const before = await follow(task.id);
  expect(before.map(short)).toEqual(['submitted', ...loop(1, 3), 'iteration 4', 'end']);
  await resetAfter(task, 2);
  await task.result();
  const events = await follow(task.id);
  expect(events.map(short)).toEqual([
    'submitted',
    ...loop(1, 3),
    'iteration 4',
    'rewound 2',
    'waiting',
    'result',
    ...loop(3, 3),
    'iteration 4',
    'end',
  ]);
  expect(events.slice(0, before.length - 1)).toStrictEqual(before.slice(0, -1));
  await expectEachRest(task.id, events);
});

test('a Reset late in a long run shows once too: the copied events fill more than a page of history', async () => {
  const PAGE = 256;
  const long = await startRig();
  try {
    const by = await managerOf(long);
    const task = await long.start(agent(48));
    await task.result();
    const before = await follow(task.id, undefined, by);
    await resetAfter(task, 46, long);
    await task.result();
    const copied = (await eventsOf(long.client, task.id)).findIndex((event) => event.workflowTaskFailedEventAttributes);
    expect(copied).toBeGreaterThan(PAGE);
    const events = await follow(task.id, undefined, by);
    const again = ['rewound 46', 'waiting', 'result', ...loop(47, 48), 'iteration 49', 'end'];
    expect(events.map(short)).toEqual([...before.slice(0, -1).map(short), ...again]);
  } finally {
    await long.stop();
  }
});

test('later runs of a task that had ended come after it, each once, however late they are followed', async () => {
  const id = randomUUID();
  // No worker polls this queue: the history alone is followed.
  const start = async (input: object): Promise<string> => {
    const options = { workflowId: id, taskQueue: 'not-polled', args: [{ prompt: 'Do it.', ...input }] };
    const handle = await rig.plain.workflow.start(WORKFLOW_TYPE, options);
    await rig.plain.workflow.getHandle(id, handle.firstExecutionRunId).terminate('it failed');
    return handle.firstExecutionRunId;
  };
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  const again = (kind: string, run: string, iteration: number) => ({
    continues: { kind, from: { id, run, iteration }, messages: [], iterations: iteration, usage, elapsed_ms: 0 },
  });
  const first = await start({});
  const alone = await follow(id);
  expect(alone.map(short)).toEqual(['submitted', 'end']);
  const second = await start(again('retry', first, 2));
  const third = await start(again('send', second, 5));
  const events = await follow(id);
  expect(events).toMatchObject([
    { type: 'submitted' },
    { type: 'retry', by: 'retry', iteration: 2 },
    { type: 'retry', by: 'send', iteration: 5 },
    { type: 'end' },
  ]);
  expect(events.map((event) => ('cursor' in event ? event.cursor.split(':')[0] : ''))).toEqual([
    ...[first, second, third],
    third,
  ]);
  await expectEachRest(id, events);
  // A reader that has the end of the first run gets what came after it.
  const [, end] = alone;
  expect(await follow(id, end && 'cursor' in end ? end.cursor : '')).toStrictEqual(events.slice(1));
});

test('of a task that Temporal does not have, the file gives the end; of one that was never started, nothing', async () => {
  const { id } = await manager.submit('Not yet.', { start: false });
  await expect(follow(id)).rejects.toMatchObject({
    code: 'wrong_status',
    message: `Task '${id}' has no workflow to follow`,
    hint: `Run \`rookery resume ${id}\``,
  });
  await manager.cancel(id);
  const events = await follow(id);
  expectEvents(events);
  expect(events).toMatchObject([{ type: 'end', cursor: '', status: 'Cancelled', detail: { source: 'files' } }]);
});

// ---

/** Back to the decision that followed the n-th accepted reply. */
async function resetAfter(task: Task, n: number, at = rig): Promise<void> {
  const events = await eventsOf(at.client, task.id);
  const iterations = new Set(
    events
      .filter(({ activityTaskScheduledEventAttributes: event }) => event?.activityType?.name === 'rookery.iterate')
      .map(({ eventId }) => String(eventId)),
  );
  const accepted = events.filter(({ activityTaskCompletedEventAttributes: event }) =>
    iterations.has(String(event?.scheduledEventId)),
  );
  const reply = Number(accepted[n - 1]?.eventId);
  const decision = events.find((event) => Number(event.eventId) > reply && event.workflowTaskCompletedEventAttributes);
  await resetWorkflow(at, task, decision?.eventId);
  await resumeRestarted(at, task);
}

test('a task that goes on after its end continues as new as before, and follow and files lose nothing', async () => {
  const task = await rig.start(agent(6));
  await task.result();
  const before = await follow(task.id);
  const LAST = 40;
  await manager.continueTask(task.id, { text: 'Look again.', overrides: { model: rig.book.add(agent(LAST)) } });
  expect(await rig.client.workflow.getHandle(task.id).result()).toMatchObject({ iterations: LAST + 1 });
  expect((await runsOf(rig.client, task.id)).length).toBeGreaterThanOrEqual(2);
  const later = await follow(task.id, (before.at(-1) as { cursor: string }).cursor);
  const lines = later.filter(({ type }) => type !== 'limit').map(short);
  expect(lines).toEqual(['retry', ...loop(8, LAST), `iteration ${LAST + 1}`, 'end']);
  // Replies of before count: 40 of 50.
  expect(later.filter(({ type }) => type === 'limit')).toMatchObject([{ kind: 'iterations', used: 40, limit: 50 }]);
  expect(await manager.verifyMirror([task.id])).toMatchObject([{ ok: true, differences: [] }]);
});
