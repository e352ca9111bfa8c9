/**
 * Background commands of real workers: they end with their task, with a cancel and with the worker, also with one that is
 * killed; the next worker tells the model that the outcome is unknown. A command may take longer than the default.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRecords } from '../../src/files/background-records.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { inOrder, type ModelScript } from '../support/book.js';
import { managerOf } from '../support/manager.js';
import { processesOf } from '../support/processes.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';

let rig: Rig;
let worker: WorkerProcess;
let manager: BackgroundTaskManager;
const TOLD =
  /^Interrupted, outcome unknown: background command \w{8} \(printf x .*\) ended with the worker that ran it/;
const start = async (sandbox: 'auto' | 'off' = 'auto'): Promise<WorkerProcess> => {
  const { address, namespace, workspace, paths } = rig;
  worker = await spawnWorker({ address, namespace, workspace, workdir: paths.workdir, sandbox });
  return worker;
};
beforeAll(async () => {
  rig = await startRig({ worker: false });
  manager = await managerOf(rig);
  await start();
});
afterAll(async () => {
  await worker.kill();
  await rig.stop();
});

const ALLOWED = { allow: ['shell'] };
const commandOf = (mark: string) => `printf x >> started-${mark}; echo printed; touch ${mark}; sleep 600`;
const background = (mark: string) => ({
  calls: [{ id: mark, name: 'shell', args: { command: commandOf(mark), background: true } }],
});
const runs = (task: Task, mark: string) =>
  until(() => existsSync(join(rig.workspace, mark)) && processesOf(task).length > 0, { what: `${mark} runs` });
const gone = (task: Task) => until(() => processesOf(task).length === 0, { what: 'nothing of it runs' });

/** Starts a command in the background, reads its output until something is there, and ends. Hangs first while it may not read. */
function reading(mark: string, mayRead: () => boolean = () => true): ModelScript {
  return ({ messages }) => {
    const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => String(content));
    const handle = /background as (\S+)\./.exec(results[0] ?? '')?.[1];
    if (handle === undefined) return background(mark);
    if (!mayRead()) return { hang: true };
    if (results.at(-1)?.includes('printed')) return { content: 'Done.' };
    return { calls: [{ id: `r${results.length}`, name: 'shell_output', args: { handle } }], delayMs: 300 };
  };
}

test('it ends with its task, and not with another one', async () => {
  const other = await rig.start(inOrder(background('kept'), { hang: true }), ALLOWED);
  await runs(other, 'kept');
  const task = await rig.start(reading('ended'), ALLOWED);
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  const results = (await task.transcript()).filter(({ role }) => role === 'tool');
  const [started, read] = [results[0], results.at(-1)];
  expect(started).toMatchObject({ outcome: 'ok', content: expect.stringContaining('Started in the background as') });
  expect(read).toMatchObject({ outcome: 'ok', content: expect.stringMatching(/^printed\n\[still running/) });
  expect(processesOf(task)).toEqual([]);
  expect(processesOf(other)).not.toEqual([]);
  await other.handle.cancel();
  await other.failure();
  expect(processesOf(other)).toEqual([]);
});

test('it ends when the task is terminated from outside', async () => {
  const task = await rig.start(inOrder(background('terminated'), { hang: true }), ALLOWED);
  await runs(task, 'terminated');
  await task.handle.terminate('from outside');
  await gone(task);
});

test('it ends with a worker that is killed, and the next one says that the outcome is unknown', async () => {
  let isKilled = false;
  const task = await rig.start(
    reading('killed', () => isKilled),
    ALLOWED,
  );
  await runs(task, 'killed');
  await until(() => task.requests().length === 2, { what: 'the model thinks' });
  await worker.kill();
  isKilled = true;
  await start();
  await gone(task);
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  const messages = await task.transcript();
  const [, read] = messages.filter(({ role }) => role === 'tool');
  expect(read).toMatchObject({ outcome: 'failed' });
  expect(read?.content).toMatch(/^printed\n\[interrupted, outcome unknown: the worker that ran it has stopped\]$/);
  // It is told without a question, once.
  const told = messages.filter(({ role, content }) => role === 'user' && content.includes('outcome unknown'));
  expect(told).toEqual([expect.objectContaining({ content: expect.stringMatching(TOLD) })]);
  expect(readFileSync(join(rig.workspace, 'started-killed'), 'utf8')).toBe('x');
  const { detail } = await manager.status(task.id);
  expect(detail.background).toMatchObject([{ state: 'interrupted', end: expect.stringMatching(/^interrupted, /) }]);
});

test('a task that was retried sees the end of what ran before, and starts nothing again', async () => {
  const task = await rig.start(
    ({ messages }) => {
      const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => String(content));
      const handle = /background as (\S+)\./.exec(results[0] ?? '')?.[1];
      if (handle === undefined) return background('retried');
      return results.length > 1
        ? { content: 'Done.' }
        : { calls: [{ id: 'read', name: 'shell_output', args: { handle } }] };
    },
    { ...ALLOWED, limits: { max_iterations: 2 } },
  );
  await task.failure();
  expect(processesOf(task)).toEqual([]);
  const { detail } = await manager.status(task.id);
  expect(detail.background).toMatchObject([{ state: 'ended', end: 'ended with its task', until: expect.any(String) }]);
  await manager.retry(task.id, { overrides: { limits: { max_iterations: 5 } } });
  const again = rig.client.workflow.getHandle(task.id);
  expect(await again.result()).toMatchObject({ status: 'Completed' });
  const [, read] = (await task.transcript()).filter(({ role }) => role === 'tool');
  expect(read).toMatchObject({ outcome: 'failed', content: expect.stringMatching(/\[ended with its task\]$/) });
  expect(readFileSync(join(rig.workspace, 'started-retried'), 'utf8')).toBe('x');
});

test('it waits for approval as the same command does without background', async () => {
  const args = { command: commandOf('asked'), background: true, network: ['npm'] };
  const calls = [{ id: 'asked', name: 'shell', args }];
  const task = await rig.start(inOrder({ calls }, { content: 'Done.' }));
  const isWaiting = async () => (await manager.status(task.id)).detail.phase === 'waiting_approval';
  await until(isWaiting, { what: 'it waits' });
  const { detail } = await manager.status(task.id);
  expect(detail.background).toEqual([]);
  expect(existsSync(join(rig.workspace, 'started-asked'))).toBe(false);
  await manager.cancel(task.id);
});

test('without a sandbox, another worker of the host ends what a killed one has left', async () => {
  await worker.kill();
  const others = [await start('off'), await start('off')];
  const task = await rig.start(inOrder(background('left'), { hang: true }), ALLOWED);
  await runs(task, 'left');
  const [record] = createRecords(rig.paths.claims).all(task.id);
  const isOwner = ({ pid }: WorkerProcess): boolean => pid === record?.owner.pid;
  await others.find(isOwner)?.kill();
  await gone(task);
  await task.handle.cancel();
  await task.failure();
  expect(readFileSync(join(rig.workspace, 'started-left'), 'utf8')).toBe('x');
  for (const other of others) await other.kill();
  await start();
});

test('it ends with a worker that is told to stop', async () => {
  const task = await rig.start(inOrder(background('stopped'), { status: 401 }), ALLOWED);
  await runs(task, 'stopped');
  await until(async () => (await task.status()).phase === 'waiting_person', { what: 'the task waits' });
  worker.signal('SIGTERM');
  expect(await worker.ended).toMatchObject({ code: 0 });
  await gone(task);
  await start();
});

const isCommand = ({ state, activityType }: { state?: unknown; activityType?: { name?: string | null } | null }) =>
  state === 2 && activityType?.name === 'rookery.runTool';

test('the activity of a command has the time that the signed start allows, which cuts what the model asks for', async () => {
  const command = 'while [ ! -e released ]; do sleep 0.1; done; echo over';
  const calls = [{ id: 'a', name: 'shell', args: { command, timeout_secs: 90_000 } }];
  const limits = { max_command_ms: 2 * 3_600_000 };
  const task = await rig.start(inOrder({ calls }, { content: 'Done.' }), { ...ALLOWED, limits });
  const pending = await until(async () => (await task.handle.describe()).raw.pendingActivities?.find(isCommand), {
    what: 'the command runs',
  });
  expect(Number(pending?.activityOptions?.startToCloseTimeout?.seconds)).toBe(2 * 3_600 + 300);
  writeFileSync(join(rig.workspace, 'released'), '');
  await task.result();
  const [result] = (await task.transcript()).filter(({ role }) => role === 'tool');
  const note = 'timeout_secs 90000 is above the limit of this task: the command was given 7200 s';
  expect(result).toMatchObject({ outcome: 'ok', content: `over\n[${note}]` });
});
