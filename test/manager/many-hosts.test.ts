/**
 * One truth from every machine: two hosts on one server, and a computer without a worker, see the same tasks, whichever of
 * them has the files, and touch only their own.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type DataConverter } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MEMO_PHASE, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import type { Status } from '../../src/domain/task.js';
import { hostIn } from '../../src/domain/task-memo.js';
import type { TaskFile } from '../../src/domain/wire.js';
import type { ListedTask } from '../../src/manager/list.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { reconcileAll } from '../../src/manager/reconcile.js';
import { createSigner, loadKey } from '../../src/signing/signature.js';
import { expectStatus } from '../cli/schemas.js';
import { bytesOf, hanging, settled, untilShown } from '../compat/hanging.js';
import { inOrder, type ModelScript } from '../support/book.js';
import { codec } from '../support/encrypting-codec.mjs';
import { ledgerCall } from '../support/ledger.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

const list = { calls: [{ id: 'a', name: 'list_files', args: {} }] };
const toApprove = () => {
  const { name, args } = ledgerCall('approve-me');
  return { calls: [{ id: 'call_1', name, args }] };
};

let here: Rig;
let there: Rig;
let root: string;
/** On the host that has the files, on another host, and on a computer without a worker and without the key. */
let managers: Readonly<Record<'here' | 'there' | 'laptop', BackgroundTaskManager>>;
let tasks: Record<'completed' | 'failed' | 'cancelled' | 'terminated' | 'waiting' | 'running', Task>;

beforeAll(async () => {
  here = await startRig();
  const { namespace, paths, book, client } = here;
  there = await startRig({ namespace, book, plugin: { signingKeyFile: paths.signingKey } });
  root = await mkdtemp(join(tmpdir(), 'rookery-laptop-'));
  const signingKeyFile = paths.signingKey;
  managers = {
    here: await BackgroundTaskManager.open({ workdir: paths.workdir, client }),
    there: await BackgroundTaskManager.open({ workdir: there.paths.workdir, client: there.client, signingKeyFile }),
    laptop: await BackgroundTaskManager.open({ workdir: join(root, 'data'), client: here.plain, bindToHost: false }),
  };
  const bound = (script: ModelScript, prompt: string) => here.start(script, { prompt, host: here.plugin.host });
  tasks = {
    completed: await bound(inOrder(list, { content: 'Done.' }), 'To be completed.\nSecond line.'),
    failed: await bound(inOrder(list, { status: 400, body: { error: { message: 'no way' } } }), 'To fail.'),
    cancelled: await bound(hanging(), 'To be cancelled.'),
    terminated: await bound(hanging(), 'To be terminated.'),
    waiting: await bound(inOrder(toApprove(), { content: 'Done.' }), 'To wait.'),
    running: await bound(hanging(), 'To run.'),
  };
  for (const hangs of [tasks.cancelled, tasks.terminated, tasks.running]) await settled(here, hangs);
  await tasks.cancelled.handle.cancel();
  await tasks.terminated.handle.terminate('enough');
  for (const ended of [tasks.completed, tasks.failed, tasks.cancelled])
    await ended.handle.result().catch(() => undefined);
  await until(async () => (await tasks.waiting.status()).phase === 'waiting_approval', { what: 'the task waits' });
  await untilShown(here, tasks.waiting);
  await until(async () => (await managers.here.approvals()).length === 1, { what: 'visibility has the wait' });
  await managers.here.status(tasks.terminated.id);
});
afterAll(async () => {
  await Promise.all([here.stop(), there.stop()]);
  await rm(root, { recursive: true, force: true });
});

const elsewhere = () => [managers.there, managers.laptop];
const ids = () => Object.values(tasks).map(({ id }) => id);

async function listedBy(manager: BackgroundTaskManager): Promise<Map<string, ListedTask<TaskFile>>> {
  let found = new Map<string, ListedTask<TaskFile>>();
  const isComplete = async (): Promise<boolean> => {
    found = new Map((await manager.list()).tasks.map((task) => [task.id, task]));
    const known = ids().every((id) => found.get(id)?.detail.host === here.plugin.host);
    const ends = [tasks.completed, tasks.failed, tasks.cancelled].every(({ id }) => found.get(id)?.iterations != null);
    return known && ends && found.get(tasks.terminated.id)?.status === 'Failed';
  };
  await until(isComplete, { what: 'visibility has caught up' });
  return found;
}

describe('a list', () => {
  test('shows from everywhere the same tasks, states, times, counts and host', async () => {
    const own = await listedBy(managers.here);
    for (const manager of elsewhere()) {
      const theirs = await listedBy(manager);
      for (const id of ids()) {
        const [a, b] = [own.get(id), theirs.get(id)];
        expectStatus(b);
        const { status, created_at, updated_at, iterations, model, detail } = a as ListedTask<TaskFile>;
        const { phase, host, usage, cost } = detail;
        expect(b).toMatchObject({ id, status, created_at, detail: { phase, host } });
        // Its memo is of its last wait or end.
        if (id === tasks.running.id) continue;
        expect(b).toMatchObject({ updated_at });
        if (id === tasks.terminated.id) continue;
        expect(b).toMatchObject({ iterations, model, detail: { usage, cost } });
      }
    }
  });

  test('says what it does not know as null, and asks nothing of single tasks', async () => {
    const listed = await listedBy(managers.there);
    expect(listed.get(tasks.completed.id)).toMatchObject({
      prompt: 'To be completed.',
      result: null,
      system_prompt: null,
    });
    expect(listed.get(tasks.running.id)).toMatchObject({ iterations: null, updated_at: null, status: 'Running' });
    expect(listed.get(tasks.terminated.id)).toMatchObject({ iterations: null, error: 'terminated from outside' });
    const requests: string[] = [];
    const client = counting(there.client, requests);
    const { workdir } = there.paths;
    const manager = await BackgroundTaskManager.open({ workdir, client, signingKeyFile: here.paths.signingKey });
    expect((await manager.list()).tasks.length).toBeGreaterThanOrEqual(6);
    expect(requests.filter((name) => !['listWorkflowExecutions', 'countWorkflowExecutions'].includes(name))).toEqual(
      [],
    );
  });

  test('is of the files alone without a server', async () => {
    const offline = await BackgroundTaskManager.open({ workdir: here.paths.workdir });
    const listed = new Map((await offline.list()).tasks.map((task) => [task.id, task]));
    for (const id of ids()) expect(listed.get(id)?.detail).toMatchObject({ host: here.plugin.host, source: 'files' });
    const none = await BackgroundTaskManager.open({ workdir: there.paths.workdir });
    expect((await none.list()).tasks.filter(({ id }) => ids().includes(id))).toEqual([]);
  });
});

describe('a status', () => {
  test('is the same from everywhere, in every field of the files, and nothing is behind', async () => {
    for (const [name, task] of Object.entries(tasks)) {
      const own = await managers.here.status(task.id);
      for (const manager of elsewhere()) {
        const theirs = await manager.status(task.id);
        expectStatus(theirs);
        const known = { ...theirs, detail: { ...theirs.detail, reason: null } };
        expect(known, name).toEqual({ ...own, detail: { ...own.detail, reason: null } });
        expect(theirs.detail).toMatchObject({ host: here.plugin.host, mirror: { behind_since: null } });
      }
    }
  });

  test('of an ended task has the time and the words of its files', async () => {
    const ends = { completed: 'Completed', failed: 'Failed', cancelled: 'Cancelled', terminated: 'Failed' } as const;
    for (const [name, status] of Object.entries(ends) as [keyof typeof ends, Status][]) {
      const { updated_at, result, error, iterations } = tasks[name].file();
      for (const manager of elsewhere()) {
        expect(await manager.status(tasks[name].id)).toMatchObject({ status, updated_at, result, error, iterations });
      }
    }
  });

  test('is found by the start of an id, or of the name of its files', async () => {
    const odd = await here.start(inOrder({ content: 'Done.' }), { host: here.plugin.host }, `nightly: ${Date.now()}`);
    await odd.result();
    const listed = async () => (await managers.laptop.list()).tasks.some(({ id }) => id === odd.id);
    await until(listed, { what: 'visibility has it' });
    for (const manager of elsewhere()) {
      expect(await manager.resolveId(tasks.completed.id.slice(0, 8))).toBe(tasks.completed.id);
      for (const start of ['nightly', 'nightly: ', 'nightly%3A']) expect(await manager.resolveId(start)).toBe(odd.id);
      await expect(manager.resolveId('zzzz')).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

describe('the list of what has ended', () => {
  const cacheOf = (rig: Rig) => rig.paths.closedRuns;
  /** As if the ends were long ago. */
  async function remembered(manager: BackgroundTaskManager): Promise<unknown> {
    await manager.list();
    const before = (await manager.list()).tasks;
    return before.map(({ id, status, iterations }) => ({ id, status, iterations }));
  }

  test('is the same from the cache, and without it', async () => {
    const known = await remembered(managers.there);
    expect(existsSync(cacheOf(there))).toBe(true);
    rmSync(cacheOf(there));
    expect(await remembered(managers.there)).toEqual(known);
  });

  test.each([
    ['of another server', { probe: 'another', count: 1 }],
    ['with another count', { count: 4_711 }],
    ['that is torn', undefined],
  ])('is made anew when there is a cache %s', async (_, change) => {
    const known = await remembered(managers.there);
    const until = new Date().toISOString();
    const wrong = { until, count: 1, runs: [], ...change };
    await writeFile(cacheOf(there), change ? JSON.stringify(wrong) : '{"until"');
    expect(await remembered(managers.there)).toEqual(known);
  });
});

test('approvals, wait and follow work from everywhere', async () => {
  for (const manager of elsewhere()) {
    expect(await manager.approvals()).toMatchObject([{ task: tasks.waiting.id, tool: 'shell' }]);
    expect(await manager.wait(tasks.waiting.id)).toMatchObject({ ok: false, code: 'waiting_approval' });
    expect(await manager.wait(tasks.completed.id)).toMatchObject({ ok: true, status: 'Completed' });
    const events: string[] = [];
    const followed = await manager.follow(tasks.completed.id, { onEvent: ({ type }) => void events.push(type) });
    expect(events).toEqual(['submitted', 'iteration', 'call', 'result', 'iteration', 'end']);
    const { result, updated_at } = tasks.completed.file();
    expect(followed.status).toMatchObject({ result, updated_at });
  }
});

describe('the files', () => {
  test('of other hosts are not missing: each host compares its own', async () => {
    await until(async () => (await managers.here.verifyMirror()).every(({ ok }) => ok), { what: 'the files match' });
    const outcomes = await managers.there.verifyMirror();
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
    for (const id of ids()) {
      const message = `not compared: its files are on ${here.plugin.host}`;
      expect(outcomes.find((outcome) => outcome.id === id)).toMatchObject({ message, host: here.plugin.host });
    }
    expect(await managers.there.verifyMirror([tasks.completed.id])).toMatchObject([{ ok: true, differences: [] }]);
    expect(await managers.there.verifyMirror([tasks.completed.id], { allHosts: true })).toMatchObject([
      { ok: false, differences: ['the task file is missing'] },
    ]);
  });

  test('of other hosts are written here only when a person says so', async () => {
    await managers.there.rebuildMirror();
    await managers.there.rebuildMirror(ids());
    for (const id of ids()) expect(existsSync(there.paths.task(id))).toBe(false);
    const { id } = tasks.completed;
    expect(await managers.there.rebuildMirror([id], { allHosts: true })).toMatchObject([
      { ok: true, message: 'rebuilt' },
    ]);
    expect(bytesOf(there.paths, id)).toEqual(bytesOf(here.paths, id));
    // A copy changes nothing: the list still names the host.
    expect((await listedBy(managers.there)).get(id)?.detail.host).toBe(here.plugin.host);
    rmSync(there.paths.task(id));
  });

  test('that a task left behind are neither repaired nor rewritten', async () => {
    const { id } = tasks.terminated;
    const left = readFileSync(here.paths.task(id), 'utf8').replace('"Failed"', '"Running"');
    await writeFile(there.paths.task(id), left);
    const signer = createSigner(await loadKey(here.paths.signingKey), here.namespace);
    const { client, paths, plugin } = there;
    expect(await reconcileAll({ client, paths, signer, here: plugin.host })).toEqual([]);
    expect(await managers.there.status(id)).toMatchObject({
      status: 'Failed',
      detail: { mirror: { behind_since: null } },
    });
    expect((await listedBy(managers.there)).get(id)).toMatchObject({ status: 'Failed' });
    expect(await managers.there.resumeIncomplete({ dryRun: true })).not.toContainEqual(expect.objectContaining({ id }));
    await expect(managers.there.resume(id)).rejects.toMatchObject({ code: 'wrong_status' });
    expect(readFileSync(there.paths.task(id), 'utf8')).toBe(left);
    rmSync(there.paths.task(id));
  });
});

test('a task that is bound to no host names the one that took it, and the file of its submission is not behind', async () => {
  const model = here.book.add(inOrder(list, { content: 'Done.' }));
  const choice = { provider: 'litellm', model, endpoint: here.book.url, endpoint_origin: 'user' } as const;
  const submitter = await BackgroundTaskManager.open({
    ...{ workdir: join(root, 'submitter'), client: here.client, bindToHost: false },
    signingKeyFile: here.paths.signingKey,
  });
  const { id, file } = await submitter.submit({ prompt: 'Anywhere.', ...choice });
  expect(await submitter.wait(id)).toMatchObject({ ok: true, status: 'Completed' });
  const pending = readFileSync(file, 'utf8');
  const host = existsSync(here.paths.task(id)) ? here : there;
  const status = await submitter.status(id);
  expect(status).toMatchObject({ status: 'Completed', result: 'Done.', detail: { host: host.plugin.host } });
  expect(status.detail.mirror.behind_since).toBeNull();
  const listed = async () => (await submitter.list()).tasks.find((task) => task.id === id)?.status === 'Completed';
  await until(listed, { what: 'the list has its end' });
  expect(await submitter.verifyMirror([id])).toMatchObject([{ ok: true, host: host.plugin.host }]);
  expect(readFileSync(file, 'utf8')).toBe(pending);
});

test('a task that failed before its first reply names the host that has its files', async () => {
  const task = await here.start(inOrder({ status: 400, body: { error: { message: 'no way' } } }));
  await task.failure();
  const [host, other] = existsSync(here.paths.task(task.id)) ? [here, managers.there] : [there, managers.here];
  await until(async () => hostIn((await task.handle.describe()).memo) !== null, { what: 'the memo names it' });
  expect(await other.status(task.id)).toMatchObject({ status: 'Failed', detail: { host: host.plugin.host } });
  expect(await other.verifyMirror([task.id])).toMatchObject([{ ok: true, host: host.plugin.host }]);
});

test('a start that is refused is no task in any list', async () => {
  const handle = await here.plain.workflow.start(WORKFLOW_TYPE, {
    ...{ workflowId: 'unsigned', taskQueue: 'rookery', args: [{ prompt: 'Not signed.' }] },
  });
  await expect(handle.result()).rejects.toThrow();
  const closed = async () => (await handle.describe()).status.name === 'FAILED';
  await until(closed, { what: 'it has failed' });
  for (const manager of [managers.here, ...elsewhere()]) {
    await until(async () => !(await manager.list()).tasks.some(({ id }) => id === 'unsigned'), {
      what: 'it is not listed',
    });
  }
});

test('a memo that cannot be decoded hides no other task, and its own says why it is incomplete', async () => {
  const dataConverter: DataConverter = { payloadCodecs: [codec] };
  const encrypting = new Client({ connection: here.connection, namespace: here.namespace, dataConverter });
  await encrypting.workflow.start(WORKFLOW_TYPE, {
    ...{ workflowId: 'encrypted', taskQueue: 'another', args: [{ prompt: 'Secret.' }] },
    memo: { [MEMO_PHASE]: { phase: 'waiting_person', reason: 'x' }, rookery_host: 'rookery@0a0b' },
  });
  for (const manager of [managers.here, ...elsewhere()]) {
    const found = async () => (await manager.list()).tasks.find(({ id }) => id === 'encrypted');
    await until(found, { what: 'it is listed' });
    expect(await found()).toMatchObject({ prompt: '', status: 'Running', detail: { host: null } });
    expect((await found())?.detail.reason).toContain('--codec');
    await listedBy(manager);
  }
  await encrypting.workflow.getHandle('encrypted').terminate();
});

test('with a codec the memo is encrypted, and who has the codec sees all of it from another host', async () => {
  const dataConverter: DataConverter = { payloadCodecs: [codec] };
  const own = await startRig({ given: { dataConverter } });
  const client = new Client({ connection: own.connection, namespace: own.namespace, dataConverter });
  const other = await BackgroundTaskManager.open({ workdir: join(root, 'codec'), client });
  const task = await own.start(inOrder(list, { content: 'Done.' }), { prompt: 'A secret.', host: own.plugin.host });
  await task.result();
  const listed = async () => (await other.list()).tasks.find(({ iterations }) => iterations === 2);
  await until(listed, { what: 'the list has its end' });
  const { status, updated_at } = task.file();
  const detail = { host: own.plugin.host };
  expect(await listed()).toMatchObject({ prompt: 'A secret.', status, updated_at, detail });
  expect(await other.status(task.id)).toMatchObject({ status, updated_at, result: 'Done.', detail });
  const { executions } = await own.client.workflowService.listWorkflowExecutions({ namespace: own.namespace });
  expect(Buffer.from(JSON.stringify(executions)).includes('secret')).toBe(false);
  for (const payload of Object.values(executions?.[0]?.memo?.fields ?? {})) {
    expect(Buffer.from(payload.metadata?.encoding ?? []).toString()).toBe('binary/encrypted');
  }
  await own.stop();
});

test('an abandoned directory of another host stays empty through all of this', () => {
  expect(readdirSync(join(root, 'data')).includes('tasks')).toBe(false);
});

// ---

/** The client, and the names of the service's requests that it sends. */
function counting(client: Client, requests: string[]): Client {
  const workflowService = new Proxy(client.workflowService, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        requests.push(String(name));
        return value.apply(target, args);
      };
    },
  });
  return new Proxy(client, {
    get: (target, name) => (name === 'workflowService' ? workflowService : Reflect.get(target, name, target)),
  });
}
