/**
 * Worker Versioning: a task stays with the build that began it, its tools run on the host that has its files, whichever
 * build is there, and it can be moved when its build goes away.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { afterEach, expect, test, vi } from 'vitest';

import { versionNote } from '../../src/worker/version-note.js';
import { inOrder } from '../support/book.js';
import { eventsOf } from '../support/history.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

const DEPLOYMENT = 'agents';
const rigs: Rig[] = [];
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.stop()));
});

const build = (buildId: string): WorkerDeploymentOptions => ({
  version: { deploymentName: DEPLOYMENT, buildId },
  useWorkerVersioning: true,
  defaultVersioningBehavior: 'PINNED',
});

const given = (buildId: string) => ({ workerDeploymentOptions: build(buildId) });

/** A host with a work directory of its own and no worker yet; the second shares server, model and key. */
async function openHost(first?: Rig): Promise<Rig> {
  const shared = first && { namespace: first.namespace, book: first.book };
  const rig = await startRig({
    ...shared,
    ...(first && { plugin: { signingKeyFile: first.paths.signingKey } }),
    worker: false,
  });
  rigs.push(rig);
  writeFileSync(join(rig.workspace, 'name.txt'), `of ${rig.plugin.host}\n`);
  return rig;
}

/** Known to the server some time after its worker has polled first. */
async function makeCurrent({ connection, namespace }: Rig, buildId: string): Promise<void> {
  const request = { namespace, deploymentName: DEPLOYMENT, buildId, ignoreMissingTaskQueues: true };
  const set = () =>
    connection.workflowService.setWorkerDeploymentCurrentVersion(request).then(
      () => true,
      () => false,
    );
  await until(set, { what: `build ${buildId} is the current one` });
}

/** The builds that did its workflow tasks. */
async function buildsOf({ client }: Rig, task: Task): Promise<(string | undefined)[]> {
  const events = await eventsOf(client, task.id);
  const done = events.flatMap((event) => event.workflowTaskCompletedEventAttributes ?? []);
  return [...new Set(done.map(({ deploymentVersion }) => deploymentVersion?.buildId ?? undefined))];
}

const refused = { status: 401 };
const reader = { calls: [{ id: 'a', name: 'read_file', args: { path: 'name.txt' } }] };

async function waiting(task: Task): Promise<void> {
  await until(async () => (await task.status()).phase === 'waiting_person', { what: 'the task waits' });
}

test('a task stays with the build that began it, and new ones begin with the current one', async () => {
  const here = await openHost();
  await here.startWorker({ given: given('a') });
  await makeCurrent(here, 'a');
  const old = await here.start(inOrder(refused, reader, { content: 'Done.' }));
  await waiting(old);
  const there = await openHost(here);
  // It wakes what waits on the queue.
  await there.startWorker({ given: given('b') });
  await makeCurrent(there, 'b');
  const young = await here.start(inOrder(reader, { content: 'Done.' }));
  for (const task of [old, young]) expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(await buildsOf(here, old)).toEqual(['a']);
  expect(await buildsOf(here, young)).toEqual(['b']);
});

test('a host that has the next build runs the tools of a task that another host keeps at the old build', async () => {
  const here = await openHost();
  const worker = await here.startWorker({ given: given('a') });
  await makeCurrent(here, 'a');
  const task = await here.start(inOrder(refused, reader, { content: 'Done.' }), { host: here.plugin.host });
  await waiting(task);
  const there = await openHost(here);
  await worker.stop();
  await there.startWorker({ given: given('a') });
  await here.startWorker({ given: given('b') });
  await makeCurrent(here, 'b');
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(await buildsOf(here, task)).toEqual(['a']);
  const read = (await task.transcript()).find(({ role }) => role === 'tool');
  expect(read?.content).toContain(`of ${here.plugin.host}`);
});

test('a task whose build is gone waits, and continues with the current one when it is moved', async () => {
  const here = await openHost();
  const worker = await here.startWorker({ given: given('a') });
  await makeCurrent(here, 'a');
  const task = await here.start(inOrder(refused, reader, { content: 'Done.' }), { host: here.plugin.host });
  await waiting(task);
  await worker.stop();
  await here.startWorker({ given: given('b') });
  await makeCurrent(here, 'b');
  const young = await here.start(inOrder({ content: 'Done.' }));
  expect(await young.result()).toMatchObject({ status: 'Completed' });
  expect((await task.handle.describe()).status.name).toBe('RUNNING');
  const manager = await managerOf(here);
  const missing = 'no worker of build a, which the task is pinned to, polls queue rookery';
  // The server remembers the poll of the stopped worker for a minute.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
  const { detail } = await manager.status(task.id).finally(() => vi.useRealTimers());
  expect(detail).toMatchObject({ phase: 'waiting_person', reason: expect.stringContaining(missing) });
  await here.connection.workflowService.updateWorkflowExecutionOptions({
    namespace: here.namespace,
    workflowExecution: { workflowId: task.id },
    workflowExecutionOptions: { versioningOverride: { autoUpgrade: true } },
    updateMask: { paths: ['versioning_override'] },
  });
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(await buildsOf(here, task)).toEqual(['a', 'b']);
});

test('a worker whose build is not the current one says so, and what to type', async () => {
  const here = await openHost();
  const { connection, namespace } = here;
  await here.startWorker({ given: given('a') });
  const note = (buildId: string) => versionNote({ connection, namespace, version: build(buildId).version });
  expect(await note('a')).toContain('deployment agents has no current version, so none of its workers begins a task');
  await makeCurrent(here, 'a');
  expect(await note('a')).toBeUndefined();
  const there = await openHost(here);
  await there.startWorker({ given: given('b') });
  const said = await note('b');
  expect(said).toContain('the current version of deployment agents is build a, which begins all new tasks');
  expect(said).toContain('temporal worker deployment set-current-version --deployment-name agents --build-id b');
});
