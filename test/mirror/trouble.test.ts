/** A mirror that cannot be written neither fails nor stalls a task, and catches up by itself; what it missed is repaired. */
import { readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isTerminal } from '../../src/domain/task.js';
import { type ReconcileContext, reconcileAll } from '../../src/manager/reconcile.js';
import { readTask } from '../../src/mirror/reader.js';
import { createSigner, loadKey } from '../../src/signing/signature.js';
import { inOrder } from '../support/book.js';
import { type LlmRequest, type ScriptReply, scriptedAgent } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

const agent = scriptedAgent({
  iterations: 19,
  callFor: () => ({ name: 'list_files', args: {} }),
  final: 'Done.',
});

function slowly(request: LlmRequest): ScriptReply {
  return { ...agent(request), delayMs: 100 };
}

/** A file where the directory was: nothing can be written there until `repair`. */
function breakDirectory({ paths }: Rig): () => void {
  renameSync(paths.tasks, `${paths.tasks}.away`);
  writeFileSync(paths.tasks, '');
  return () => {
    rmSync(paths.tasks);
    renameSync(`${paths.tasks}.away`, paths.tasks);
  };
}

async function context({ client, paths, namespace, plugin }: Rig): Promise<ReconcileContext> {
  return { client, paths, here: plugin.host, signer: createSigner(await loadKey(paths.signingKey), namespace) };
}

/** Between the files and what the history alone gives. */
async function differences(of: Rig, { id }: Task): Promise<readonly string[] | undefined> {
  const [outcome] = await (await managerOf(of)).verifyMirror([id]);
  return outcome?.differences;
}

test('iterations continue while the files cannot be written, and the files catch up', async () => {
  const task = await rig.start(slowly);
  await until(() => task.requests().length > 3, { what: 'the task has begun' });
  const repair = breakDirectory(rig);
  const asked = task.requests().length;
  await until(async () => (await task.status()).mirror_behind_since !== null, { what: 'the status says: behind' });
  await until(() => task.requests().length > asked + 3, { what: 'three more iterations' });
  repair();
  const shown = async (): Promise<boolean> => {
    const { record } = await task.status();
    return task.file().iterations >= asked + 3 && task.file().iterations >= record.iterations - 2;
  };
  await until(shown, { what: 'the file has caught up' });
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 20 });
  expect(task.file()).toMatchObject({ status: 'Completed', iterations: 20 });
  expect((await task.status()).mirror_behind_since).toBeNull();
});

test('a task completes although its files cannot be written, and the next check repairs them', async () => {
  const own = await startRig();
  const task = await own.start(slowly);
  await until(() => task.requests().length > 3, { what: 'the task has begun' });
  const repair = breakDirectory(own);
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 20 });
  repair();
  expect(isTerminal(task.file().status)).toBe(false);
  expect(await reconcileAll(await context(own))).toEqual([task.id]);
  expect(task.file()).toMatchObject({ status: 'Completed', result: 'Done.', iterations: 20, checkpoint: null });
  expect(task.checkpoint()).toBeUndefined();
  expect(await differences(own, task)).toEqual([]);
  await own.stop();
});

test('a terminated workflow leaves a file that says so after the next look', async () => {
  const task = await rig.start((request) => ({ ...slowly(request), delayMs: 300 }));
  await until(() => task.checkpoint() !== undefined, { what: 'a checkpoint' });
  await task.handle.terminate();
  await until(async () => (await reconcileAll(await context(rig))).includes(task.id), { what: 'the file is repaired' });
  expect(task.file()).toMatchObject({
    status: 'Failed',
    error: expect.stringMatching(/^terminated from outside by /),
    checkpoint: null,
  });
  expect(task.checkpoint()).toBeUndefined();
  expect(await reconcileAll(await context(rig))).toEqual([]);
  expect(await differences(rig, task)).toEqual([]);
});

test('a task whose history was deleted is failed in its file, and keeps its checkpoint; one that is of another server stays', async () => {
  const task = await rig.start((request) => ({ ...slowly(request), delayMs: 300 }));
  await until(() => task.checkpoint() !== undefined, { what: 'a checkpoint' });
  const seeing = { ...(await context(rig)), seenOpen: new Set<string>() };
  await reconcileAll(seeing);
  const { namespace, plain } = rig;
  await plain.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId: task.id } });
  const isGone = () =>
    task.handle.describe().then(
      () => false,
      () => true,
    );
  await until(isGone, { what: 'it is deleted' });
  expect(await reconcileAll(await context(rig))).toEqual([]);
  expect(await reconcileAll(seeing)).toEqual([task.id]);
  expect(task.file()).toMatchObject({ status: 'Failed', error: 'its workflow was deleted in Temporal' });
  expect(task.checkpoint()).toBeDefined();
});

test('a command notes a deleted history, when nothing of the task is on its way and no other server has written here', async () => {
  const own = await startRig({ worker: false });
  const manager = await managerOf(own);
  const worker = await own.startWorker();
  const begun = async () => {
    const task = await own.start((request) => ({ ...slowly(request), delayMs: 300 }));
    await until(() => task.checkpoint() !== undefined, { what: 'a checkpoint' });
    return task;
  };
  const [first, second] = [await begun(), await begun()];
  await worker.stop();
  const { namespace } = own;
  for (const { id } of [first, second])
    await own.plain.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId: id } });
  const isGone = ({ handle }: Task) =>
    handle.describe().then(
      () => false,
      () => true,
    );
  await until(async () => (await isGone(first)) && (await isGone(second)), { what: 'both are deleted' });
  // It may only be in flight.
  expect(await manager.status(first.id)).toMatchObject({ status: 'Running', detail: { phase: 'queued' } });
  const served = JSON.parse(readFileSync(own.paths.served, 'utf8'));
  writeFileSync(own.paths.served, JSON.stringify({ ...served, since: Date.now() - 600_000 }));
  const quiet = new Date(Date.now() - 300_000);
  for (const { id } of [first, second]) utimesSync(own.paths.order(id), quiet, quiet);
  expect(await manager.status(first.id)).toMatchObject({
    status: 'Failed',
    error: 'its workflow was deleted in Temporal',
  });
  expect(first.file()).toMatchObject({ status: 'Failed', error: 'its workflow was deleted in Temporal' });
  expect(first.checkpoint()).toBeDefined();
  writeFileSync(own.paths.served, JSON.stringify({ ...served, namespaces: [...served.namespaces, 'another'] }));
  await manager.list();
  expect(second.file()).toMatchObject({ status: 'Running' });
  writeFileSync(own.paths.served, JSON.stringify({ ...served, since: Date.now() - 600_000 }));
  await manager.list();
  expect(second.file()).toMatchObject({ status: 'Failed' });
  await own.stop();
});

test('a lost file comes back with the next write', async () => {
  const task = await rig.start(slowly);
  await until(() => task.checkpoint() !== undefined, { what: 'a checkpoint' });
  rmSync(rig.paths.task(task.id));
  await until(async () => (await readTask(rig.paths, task.id)).kind === 'task', { what: 'the file is there again' });
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(task.file()).toMatchObject({ status: 'Completed', iterations: 20 });
});

test('an accepted iteration is in the file although the next model call never ends', async () => {
  const calls = [{ id: 'a', name: 'list_files', args: {} }];
  const task = await rig.start(inOrder({ calls }, { calls }, { calls }, { hang: true }));
  await until(() => task.requests().length === 4, { what: 'the model hangs' });
  await until(() => task.file().iterations === 3, { what: 'the file shows it' });
  expect(task.requests()).toHaveLength(4);
});
