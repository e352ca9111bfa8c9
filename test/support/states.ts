/** Tasks in each state, made as it happens to a user: by a kill, a click in the Web UI, a full disk, a broken build. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { startBareServer } from './bare-server.js';
import { inOrder } from './book.js';
import { ledgerCall } from './ledger.js';
import { managerOf } from './manager.js';
import { resetWorkflow } from './reset.js';
import { type Rig, startRig, type Task } from './rig.js';
import { until } from './until.js';
import { spawnWorker } from './worker-process.js';

export interface Made {
  readonly manager: BackgroundTaskManager;
  readonly id: string;
}

export interface States {
  readonly made: Readonly<Record<string, () => Promise<Made>>>;
  stop(): Promise<void>;
}

const look = { calls: [{ id: 'a', name: 'list_files', args: {} }] };

export async function openStates(): Promise<States> {
  const rig = await startRig();
  const manager = await managerOf(rig);
  const stops: (() => Promise<unknown>)[] = [() => rig.stop()];
  const own = async (...options: Parameters<typeof startRig>): Promise<Rig> => {
    const made = await startRig(...options);
    stops.unshift(() => made.stop());
    return made;
  };
  const begun = async (on: Rig = rig): Promise<Task> => {
    const task = await on.start(inOrder(look, { hang: true }));
    const isShown = (): boolean => existsSync(on.paths.task(task.id)) && task.file().iterations === 1;
    await until(() => task.requests().length === 2 && isShown(), { what: 'the model is asked' });
    return task;
  };
  const here = async (task: Promise<Task>): Promise<Made> => ({ manager, id: (await task).id });
  const made: States['made'] = {
    unpolled: async () => {
      const alone = await managerOf(await own({ worker: false }));
      return { manager: alone, id: (await alone.submit('Wait.')).id };
    },
    neverStarted: async () => ({ manager, id: (await manager.submit('Later.', { start: false })).id }),
    thinking: () => here(begun()),
    killedWorker: async () => {
      const lone = await own({ worker: false });
      const { address, namespace, paths, workspace } = lone;
      const worker = await spawnWorker({ address, namespace, workdir: paths.workdir, workspace });
      const { id } = await begun(lone);
      await worker.kill();
      return { manager: await managerOf(lone), id };
    },
    unreachable: () => here(rig.start(inOrder(look), { endpoint: 'http://127.0.0.1:9/v1' })),
    rateLimited: () => here(rig.start(inOrder({ status: 429, headers: { 'retry-after': '3000' } }))),
    still: async () => {
      const { workdir } = rig.paths;
      const strict = await BackgroundTaskManager.open({ workdir, client: rig.client, stalledMs: 1 });
      const task = await rig.start(inOrder(look, { status: 429, headers: { 'retry-after': '3000' } }));
      return { manager: strict, id: task.id };
    },
    approval: () => here(rig.start(inOrder({ calls: [{ id: 'a', ...ledgerCall('x') }] }, { content: 'Done.' }))),
    question: () => {
      const args = { question: 'Which database?' };
      return here(rig.start(inOrder({ calls: [{ id: 'a', name: 'ask_user', args }] }, { content: 'Done.' })));
    },
    limit: () => here(rig.start(inOrder(look, look), { limits: { max_iterations: 1 }, on_limit: 'ask' })),
    refusedKey: () => here(rig.start(inOrder({ status: 401 }))),
    paused: async () => {
      const task = await rig.start((request) => ({ ...inOrder(look, look, look)(request), delayMs: 300 }));
      await manager.pause(task.id, { reason: 'lunch' });
      return { manager, id: task.id };
    },
    pausedByTemporal: async () => {
      const server = await startBareServer({ 'frontend.WorkflowPauseEnabled': true });
      const other = await own({ address: server.address });
      stops.splice(1, 0, () => server.stop());
      const { id } = await begun(other);
      const { namespace, plain } = other;
      const request = {
        namespace,
        workflowId: id,
        identity: 'an operator',
        reason: 'maintenance',
        requestId: randomUUID(),
      };
      await plain.workflowService.pauseWorkflowExecution(request);
      return { manager: await managerOf(other), id };
    },
    brokenBuild: async () => {
      const other = await own({ worker: false });
      const code = readFileSync(inject('bundle'), 'utf8');
      const broken = code.replace(
        /function refuseForged\(.*\{/,
        (start) => `${start} throw new Error("a broken build");`,
      );
      const bundle = join(other.workspace, '..', 'broken.js');
      writeFileSync(bundle, broken);
      const { id } = await other.start(inOrder(look));
      await other.startWorker({ bundle });
      return { manager: await managerOf(other), id };
    },
    mirrorBehind: async () => {
      const other = await own();
      const theirs = await managerOf(other);
      const task = await other.start((request) => ({
        ...inOrder(look, look, look, { hang: true })(request),
        delayMs: 300,
      }));
      await until(() => existsSync(other.paths.task(task.id)), { what: 'its file is there' });
      const { tasks } = other.paths;
      renameSync(tasks, `${tasks}.away`);
      writeFileSync(tasks, '');
      stops.unshift(async () => rmSync(tasks, { force: true }));
      await until(() => task.requests().length === 4, { what: 'it continues' });
      return { manager: theirs, id: task.id };
    },
    terminated: async () => {
      const { id } = await begun();
      await rig.plain.workflow.getHandle(id).terminate('too slow');
      return { manager, id };
    },
    cancelled: async () => {
      const { id } = await begun();
      await manager.cancel(id);
      return { manager, id };
    },
    timedOut: async () => {
      const id = randomUUID();
      const model = rig.book.add(inOrder({ hang: true }));
      const choice = { provider: 'litellm', model, endpoint: rig.book.url, endpoint_origin: 'user' };
      const options = { taskQueue: 'rookery', workflowId: id, workflowRunTimeout: '3s' } as const;
      await rig.client.workflow.start('backgroundTask', { ...options, args: [{ prompt: 'Slow.', ...choice }] });
      await rig.task(id).failure();
      return { manager, id };
    },
    deleted: async () => {
      const { id } = await begun();
      await rig.plain.workflowService.deleteWorkflowExecution({
        namespace: rig.namespace,
        workflowExecution: { workflowId: id },
      });
      return { manager, id };
    },
    reset: async () => {
      const task = await rig.start(inOrder(look, { content: 'Done.' }));
      await task.result();
      const { events } = await task.handle.fetchHistory();
      await resetWorkflow(rig, task, events?.find((event) => event.workflowTaskCompletedEventAttributes)?.eventId);
      return { manager, id: task.id };
    },
    completed: async () => {
      const task = await rig.start(inOrder({ content: 'Done.' }));
      await task.result();
      return { manager, id: task.id };
    },
    failed: async () => {
      const task = await rig.start(inOrder(look), { limits: { max_iterations: 1 } });
      await task.failure();
      return { manager, id: task.id };
    },
    withoutServer: async () => {
      const { id } = await begun();
      return { manager: await BackgroundTaskManager.open({ workdir: rig.paths.workdir }), id };
    },
  };
  return {
    made,
    async stop() {
      for (const stop of stops) await stop().catch(() => undefined);
    },
  };
}
