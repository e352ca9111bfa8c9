/**
 * Worker Versioning: a task stays with the build that began it, its tools run on the host that has its files, whichever
 * build is there, and it can be moved when its build goes away.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { eventsOf } from '../support/history.js';
import { type Rig, type RunningWorker, startRig, type Task } from '../support/rig.js';
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

/** A host with a work directory of its own, whose worker is of that build; the second shares server, model and key. */
async function hostOf(buildId: string, first?: Rig): Promise<{ rig: Rig; worker: RunningWorker }> {
  const shared = first && { namespace: first.namespace, book: first.book };
  const plugin = first ? { plugin: { signingKeyFile: first.paths.signingKey } } : {};
  const rig = await startRig({
    ...shared,
    ...plugin,
    worker: false,
    given: { workerDeploymentOptions: build(buildId) },
  });
  rigs.push(rig);
  return { rig, worker: await rig.startWorker() };
}

async function makeCurrent({ connection, namespace }: Rig, buildId: string): Promise<void> {
  const request = { namespace, deploymentName: DEPLOYMENT, buildId, ignoreMissingTaskQueues: true };
  await until(
    () =>
      connection.workflowService.setWorkerDeploymentCurrentVersion(request).then(
        () => true,
        () => false,
      ),
    { what: `build ${buildId} is the current one` },
  );
}

/** Of each completed workflow task and activity: the build that did it. */
async function buildsOf({ client }: Rig, task: Task): Promise<Set<string | undefined>> {
  const events = await eventsOf(client, task.id);
  return new Set(
    events.flatMap(({ workflowTaskCompletedEventAttributes: done }) =>
      done ? [done.deploymentVersion?.buildId ?? undefined] : [],
    ),
  );
}

const reader = { calls: [{ id: 'a', name: 'read_file', args: { path: 'name.txt' } }] };
const waits = async (task: Task) =>
  until(async () => (await task.status()).phase === 'waiting_person', { what: 'it waits' });

test('an experiment', async () => {
  const { rig: here, worker: old } = await hostOf('a');
  await makeCurrent(here, 'a');
  const task = await here.start(inOrder({ status: 401 }, reader, { content: 'Done.' }), { host: here.plugin.host });
  await waits(task);
  const { rig: there } = await hostOf('b', here);
  await makeCurrent(there, 'b');
  writeFileSync(join(here.workspace, 'name.txt'), 'here\n');
  const other = await here.start(inOrder({ content: 'Done.' }));
  await other.result();
  console.log('other', await buildsOf(here, other));
  await task.handle.signal('resume', { id: 'x' });
  console.log('status', await task.status());
  const d = await here.connection.workflowService.describeWorkerDeployment({
    namespace: here.namespace,
    deploymentName: DEPLOYMENT,
  });
  console.log(JSON.stringify(d.workerDeploymentInfo, null, 1));
  void old;
});
