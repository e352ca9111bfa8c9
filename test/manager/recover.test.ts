/** Continuing tasks after the loss of the database: what an earlier repair has continued is no failure, and a pause stays one. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SIGNALS } from '../../src/domain/protocol.js';
import { reconcile } from '../../src/manager/reconcile.js';
import { pauseIn, waitIn } from '../../src/mirror/shown-wait.js';
import { serverFiles } from '../../src/server/files.js';
import { createSigner, loadKey } from '../../src/signing/signature.js';
import { SeenServer } from '../../src/worker/seen-server.js';
import { inOrder } from '../support/book.js';
import { gateIn } from '../support/gate.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

test('a task that runs and waits for an answer is left alone, and not named as one that was not continued', async () => {
  const manager = await managerOf(rig);
  const ask = { id: 'ask', name: 'ask_user', args: { question: 'Which colour?' } };
  const task = await rig.start(() => ({ calls: [ask] }));
  await expect.poll(async () => (await manager.status(task.id)).detail.phase).toBe('waiting_question');
  const adopt = () => Promise.reject(new Error('nothing is to be adopted'));
  expect(await manager.recover(adopt)).toMatchObject({ results: [], paused: [] });
});

/** The server has lost its database: none of its histories is there any more, and workers live on. */
async function lose({ id }: Task): Promise<void> {
  const { namespace, plain } = rig;
  const workflowExecution = { workflowId: id };
  await plain.workflowService.deleteWorkflowExecution({ namespace, workflowExecution });
  const isGone = () =>
    plain.workflow
      .getHandle(id)
      .describe()
      .then(
        () => false,
        (error) => error instanceof WorkflowNotFoundError,
      );
  await until(isGone, { what: 'its history is gone' });
}

/** The settings of the person who repairs. */
const adopting = (model: string) => async () => ({
  ...{ provider: 'litellm' as const, model, endpoint: rig.book.url, endpoint_origin: 'user' as const },
  ...{ allow: ['shell'], yes: true },
});

/** A task that was paused while its first call ran, which still runs. */
async function pausedInCall(reason?: string) {
  const gate = gateIn(rig, randomUUID());
  const task = await rig.start(inOrder(gate.reply, { content: 'Done.' }), { allow: ['shell'], yes: true });
  await gate.reached();
  await (await managerOf(rig)).pause(task.id, reason === undefined ? {} : { reason });
  return { task, gate };
}

test('a pause is noted when it arrives, while the call still runs, and its note goes with it', async () => {
  const manager = await managerOf(rig);
  const { task, gate } = await pausedInCall('Not now.');
  expect(pauseIn(rig.paths, task.id)).toEqual({ reason: 'Not now.' });
  await manager.unpause(task.id);
  await until(() => pauseIn(rig.paths, task.id) === undefined, { what: 'the note is gone' });
  gate.open();
  expect(await task.result()).toMatchObject({ result: 'Done.' });
});

test('the workflow notes a pause that another client has sent', async () => {
  const gate = gateIn(rig, randomUUID());
  const task = await rig.start(inOrder(gate.reply, { content: 'Done.' }), { allow: ['shell'] });
  await gate.reached();
  await task.handle.signal(SIGNALS.pause, { id: 'any', reason: 'From afar.' });
  await until(() => pauseIn(rig.paths, task.id) !== undefined, { what: 'the pause is noted' });
  expect(pauseIn(rig.paths, task.id)).toEqual({ reason: 'From afar.' });
  gate.open();
  await task.handle.terminate();
});

test('a task that was paused in a call starts paused, although a worker lives: start and pause are one', async () => {
  const manager = await managerOf(rig);
  const { task, gate } = await pausedInCall('Not now.');
  await lose(task);
  gate.open();
  const asked = task.requests().length;
  const { paused, results } = await manager.recover(adopting(task.model));
  expect(paused).toContain(task.id);
  expect(results).toContainEqual(expect.objectContaining({ id: task.id, ok: true }));
  const { events = [] } = await task.handle.fetchHistory();
  expect(events?.[1]?.workflowExecutionSignaledEventAttributes?.signalName).toBe(SIGNALS.pause);
  await until(async () => (await manager.status(task.id)).detail.phase === 'paused', { what: 'it is paused' });
  expect((await manager.status(task.id)).detail.reason).toBe('paused: Not now.');
  expect(task.requests()).toHaveLength(asked);
  // A repair that was killed is finished by the next one, which finds the task open.
  expect((await manager.recover(adopting(task.model))).paused).toContain(task.id);
  await manager.unpause(task.id);
  expect(await task.result()).toMatchObject({ result: 'Done.' });
});

test('a note of an older version counts too, although the file names more replies than the run that continued', () => {
  const wait = { phase: 'paused', reason: 'paused: Not now.', since: 1, iterations: 1 };
  writeFileSync(rig.paths.wait('older'), JSON.stringify(wait));
  expect(waitIn(rig.paths, { id: 'older', iterations: 2 })).toBeUndefined();
  expect(pauseIn(rig.paths, 'older')).toEqual({ reason: 'Not now.' });
  writeFileSync(rig.paths.wait('older'), JSON.stringify({ ...wait, reason: 'paused' }));
  expect(pauseIn(rig.paths, 'older')).toEqual({ reason: null });
});

test('a worker that outlived the database marks no task as deleted: the repair continues it', async () => {
  const task = await rig.start(() => ({ hang: true }));
  await until(() => existsSync(rig.paths.order(task.id)), { what: 'its files are written' });
  const { client, paths, plain } = rig;
  const signer = createSigner(await loadKey(paths.signingKey), rig.namespace);
  const found = await plain.workflowService.describeNamespace({ namespace: rig.namespace });
  let database = found.namespaceInfo?.id ?? '';
  const seen = new SeenServer({
    options: plain.options,
    workflowService: { describeNamespace: async () => ({ namespaceInfo: { id: database } }) },
  } as unknown as Client);
  await seen.look();
  const look = () => {
    const { since, seenOpen, isSameServer } = seen;
    return reconcile({ client, paths, here: rig.plugin.host, signer, since, seenOpen, isSameServer }, task.id);
  };
  expect(await look()).toBe(false);
  expect(seen.seenOpen.has(task.id)).toBe(true);
  await lose(task);
  const { repair, directory } = serverFiles(paths.workdir);
  mkdirSync(directory, { recursive: true });
  writeFileSync(repair, '{}');
  expect(await look()).toBe(false);
  rmSync(repair);
  const same = database;
  database = 'another';
  expect(await look()).toBe(false);
  await seen.look();
  expect([seen.seenOpen.size, await seen.isSameServer()]).toEqual([0, true]);
  seen.seenOpen.add(task.id);
  database = same;
  await seen.look();
  seen.seenOpen.add(task.id);
  expect(JSON.parse(readFileSync(paths.task(task.id), 'utf8')).status).toBe('Running');
  expect(await look()).toBe(true);
  expect(JSON.parse(readFileSync(paths.task(task.id), 'utf8')).status).toBe('Failed');
});
