/**
 * Another program writes `Cancelled` into the file of a task at any moment, also while the task ends by itself. Whichever end
 * is in the file first is the task's end everywhere: in Temporal, in `status` and `list`, and after a rebuild.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isTerminal } from '../../src/domain/task.js';
import type { TaskFile } from '../../src/domain/wire.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { MirrorWriter } from '../../src/mirror/writer.js';
import { inOrder } from '../support/book.js';
import { scriptedAgent } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { type Chance, chance, LONG, SEEDS } from '../support/random.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { CALLS } from './hanging.js';
import { rewritten, writeInPlace } from './ravenclaws.js';
import { type StandIn, startStandIn } from './stand-in.js';

const TASKS = LONG ? 100 : 16;
const AT_ONCE = 4;

let rig: Rig;
let manager: BackgroundTaskManager;
let standIn: StandIn;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
  standIn = await startStandIn();
});
afterAll(async () => {
  await standIn.stop();
  await rig.stop();
});

const fileOf = ({ id }: Task): TaskFile => JSON.parse(readFileSync(rig.paths.task(id), 'utf8')) as TaskFile;

/** The end of the execution, in the words of the files. */
async function endOf(task: Task): Promise<string> {
  await task.handle.result().catch(() => undefined);
  const { name } = (await task.handle.describe()).status;
  return { COMPLETED: 'Completed', CANCELLED: 'Cancelled', FAILED: 'Failed' }[name as string] ?? name;
}

/** The same end in Temporal, in the file, in `status`, in `list`, and in the file that a rebuild leaves. */
async function expectOneEnd(task: Task): Promise<string> {
  const end = await endOf(task);
  // A write over our end is replaced as soon as the worker sees it.
  await until(() => fileOf(task).status === end, { what: `the file of ${task.id} says ${end}` });
  expect((await manager.status(task.id)).status).toBe(end);
  expect((await manager.list()).tasks.find(({ id }) => id === task.id)?.status).toBe(end);
  await manager.rebuildMirror([task.id]);
  expect(fileOf(task).status).toBe(end);
  return end;
}

async function raceAll(random: Chance, run: (random: Chance) => Promise<Task>): Promise<Map<string, number>> {
  const ends = new Map<string, number>();
  for (let done = 0; done < TASKS; done += AT_ONCE) {
    const tasks = await Promise.all(Array.from({ length: AT_ONCE }, () => run(random)));
    for (const task of tasks) {
      const end = await expectOneEnd(task);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  }
  return ends;
}

test.each(SEEDS)(
  'a cancel of a busy task ends its workflow Canceled, always (seed %i)',
  { timeout: 600_000 },
  async (seed) => {
    const agent = scriptedAgent({ iterations: 60, callFor: () => CALLS[0], final: 'Done.' });
    const ends = await raceAll(chance(seed), async (random) => {
      const task = await rig.start((request) => ({ ...agent(request), delayMs: 20 }), {
        limits: { max_iterations: 80 },
      });
      await until(() => fileExists(task), { what: 'the file is there' });
      const move = {
        after: random.next() * 500,
        change: { status: 'Cancelled' },
        fresh: true,
        torn: random.pick([0, 1]),
      } as const;
      await standIn.play(rig.paths.task(task.id), [move]);
      return task;
    });
    expect([...ends.keys()]).toEqual(['Cancelled']);
  },
);

test.each(SEEDS)('a cancel at the moment of the end leaves one end (seed %i)', { timeout: 600_000 }, async (seed) => {
  const ends = await raceAll(chance(seed), async (random) => {
    const task = await rig.start(inOrder({ calls: CALLS, delayMs: 30 }, { content: 'Done.', delayMs: 30 }));
    await until(() => fileExists(task), { what: 'the file is there' });
    const move = { after: random.next() * 250, change: { status: 'Cancelled' }, fresh: true } as const;
    await standIn.play(rig.paths.task(task.id), [move]);
    return task;
  });
  console.log(`ends: ${JSON.stringify([...ends])}`);
  expect([...ends.keys()].every((end) => end === 'Completed' || end === 'Cancelled')).toBe(true);
});

function fileExists(task: Task): boolean {
  try {
    return !isTerminal(fileOf(task).status);
  } catch {
    return false;
  }
}

test('a cancel that is in the file when the last write comes turns the completed task into a cancelled one', async () => {
  const write = MirrorWriter.prototype.write;
  const own = await startRig();
  const task = await own.start(inOrder({ calls: CALLS }, { content: 'Done.' }));
  // In the last moment before our end is written.
  MirrorWriter.prototype.write = async function (state) {
    if (state.id === task.id && state.record.state.kind === 'completed') {
      const path = own.paths.task(task.id);
      writeInPlace(path, rewritten(readFileSync(path, 'utf8'), { status: 'Cancelled' }));
    }
    return write.call(this, state);
  };
  try {
    expect((await task.failure()).name).toBe('CancelledFailure');
    expect((await task.handle.describe()).status.name).toBe('CANCELLED');
    const ours = await managerOf(own);
    expect(await ours.status(task.id)).toMatchObject({
      status: 'Cancelled',
      result: null,
      detail: { reason: 'completed after an external cancel' },
    });
    await ours.rebuildMirror([task.id]);
    expect(task.file().status).toBe('Cancelled');
  } finally {
    MirrorWriter.prototype.write = write;
    await own.stop();
  }
});
