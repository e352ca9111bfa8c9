/**
 * A fork has the conversation of another task up to one iteration, counts what it had used, and says what was done since
 * and stays done. The source is not touched.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import type { FollowEvent } from '../../src/manager/follow.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { expectEvents, expectStatus } from '../cli/schemas.js';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import type { ScriptReply } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { LONG } from '../support/random.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
});
afterAll(() => rig.stop());

const usage = { input: 90, output: 10 };
const answer = (content: string): ScriptReply => ({ content, usage });
const shell = (line: string, then?: string): ScriptReply => ({
  calls: [{ id: line, ...ledgerCall(line, then) }],
  usage,
});
const allow: Partial<TaskInput> = { allow: ['shell'] };

/** Answers its forks with their own model. */
function withModel(...replies: [ScriptReply, ...ScriptReply[]]) {
  const model = rig.book.add(inOrder(...replies));
  return { overrides: { model }, texts: () => JSON.stringify(rig.book.requestsOf(model)[0]?.messages) };
}

async function threeSteps(name: string): Promise<Task> {
  const task = await rig.start(
    inOrder(shell(`${name}-1`), shell(`${name}-2`), shell(`${name}-3`), answer('Done.')),
    allow,
  );
  await task.result();
  return task;
}

test('it continues from the iteration, with another prompt, and lists what stays done', async () => {
  const task = await threeSteps('listed');
  const before = task.file();
  const { overrides, texts } = withModel(answer('Other.'));
  const forked = await manager.fork(task.id, { iteration: 1, prompt: 'Now differently.', overrides });
  expect(forked.id).not.toBe(task.id);
  expect(forked.effects).toMatchObject([
    { iteration: 2, tool: 'shell', outcome: 'ok', source: 'claim' },
    { iteration: 3, tool: 'shell', outcome: 'ok', source: 'claim' },
  ]);
  expect(forked.effects[0]?.summary).toContain('listed-2');
  expect(Date.parse(forked.effects[0]?.at ?? '')).toBeGreaterThan(0);
  expect(await rig.task(forked.id).result()).toMatchObject({
    ...{ status: 'Completed', result: 'Other.', iterations: 2, usage: { total_tokens: 200 } },
  });
  expect(texts()).toContain('listed-1');
  expect(texts()).not.toContain('listed-2');
  expect(texts()).toContain('Now differently.');
  expect(readLedger(rig.workspace).filter((line) => line.startsWith('listed-'))).toHaveLength(3);
  expect(task.file()).toEqual(before);
  expect(rig.task(forked.id).file()).toMatchObject({ status: 'Completed', prompt: before.prompt, iterations: 2 });
});

test('both tasks name each other, and the events say where the conversation comes from', async () => {
  const task = await threeSteps('lineage');
  const { overrides } = withModel(answer('Other.'));
  const { id } = await manager.fork(task.id, { iteration: 2, overrides });
  await rig.task(id).result();
  const [child, source] = await Promise.all([manager.status(id), manager.status(task.id)]);
  for (const status of [child, source]) expectStatus(status);
  expect(child.detail.from).toMatchObject({ id: task.id, iteration: 2, kind: 'fork' });
  const withoutServer = await BackgroundTaskManager.open({ workdir: rig.paths.workdir });
  const origin = { from: child.detail.from, parent: task.id };
  for (const list of [await manager.list(), await withoutServer.list()])
    expect(list.tasks.find((one) => one.id === id)).toMatchObject({ detail: origin });
  const children = [{ id, kind: 'fork', iteration: 2 }];
  expect(source.detail.children).toEqual(children);
  // As another host has it, that did not make the fork.
  rmSync(rig.paths.children(task.id));
  const childrenOf = async (source: string) => (await manager.status(source)).detail.children;
  await until(async () => (await childrenOf(task.id)).length > 0, { what: 'visibility knows of the fork' });
  expect(await childrenOf(task.id)).toEqual(children);
  expect(await childrenOf(id)).toEqual([]);
  const events: FollowEvent[] = [];
  await manager.follow(id, { onEvent: (event) => events.push(event) });
  expectEvents(events);
  expect(events.slice(0, 2)).toMatchObject([
    { type: 'submitted', id },
    { type: 'fork', from: { id: task.id, iteration: 2 } },
  ]);
});

test('of a task that runs, without its call that runs: the source runs it alone', async () => {
  const task = await rig.start(inOrder(shell('open-1'), shell('open-2', 'sleep 3'), answer('Done.')), allow);
  await until(() => readLedger(rig.workspace).includes('open-2'), { what: 'the second command runs' });
  const { overrides, texts } = withModel(answer('Other.'));
  const forked = await manager.fork(task.id, { iteration: 2, overrides });
  expect(forked.effects).toMatchObject([{ iteration: 2, outcome: null }]);
  expect(await rig.task(forked.id).result()).toMatchObject({ iterations: 3 });
  expect(texts()).toContain('may have been started before');
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 3 });
  expect(readLedger(rig.workspace).filter((line) => line === 'open-2')).toHaveLength(1);
});

test('from an iteration of an earlier run, of a fork, and of the task before the fork', async () => {
  const task = await threeSteps('earlier');
  await manager.continueTask(task.id, {
    text: 'And?',
    overrides: withModel(shell('earlier-4'), answer('That.')).overrides,
  });
  await rig.client.workflow.getHandle(task.id).result();
  const { overrides, texts } = withModel(answer('Other.'), answer('More.'));
  const forked = await manager.fork(task.id, { iteration: 2, overrides });
  expect(forked.effects.map(({ iteration }) => iteration)).toEqual([3, 5]);
  expect(await rig.task(forked.id).result()).toMatchObject({ iterations: 3 });
  expect(texts()).toContain('earlier-2');
  expect(texts()).not.toContain('And?');
  const second = withModel(answer('Deep.'));
  const deep = await manager.fork(forked.id, { iteration: 1, overrides: second.overrides });
  await rig.task(deep.id).result();
  expect(second.texts()).toContain('earlier-1');
  expect(second.texts()).not.toContain('earlier-2');
});

test('what was said after the iteration is not in its fork, although the task has it already', async () => {
  const task = await rig.start(inOrder(shell('said-1'), { hang: true }, { hang: true }), allow);
  await until(() => task.requests().length === 2, { what: 'the model is asked' });
  await manager.send(task.id, 'Hurry.', { mode: 'interrupt' });
  await until(() => JSON.stringify(task.requests().at(-1)?.messages).includes('Hurry.'), { what: 'the model has it' });
  await until(async () => (await manager.verifyMirror([task.id]))[0]?.ok, { what: 'the files have it' });
  const { overrides, texts } = withModel(answer('Other.'));
  const { id } = await manager.fork(task.id, { iteration: 1, prompt: 'Calmly.', overrides });
  await rig.task(id).result();
  expect(texts()).toContain('Calmly.');
  expect(texts()).not.toContain('Hurry.');
  await manager.cancel(task.id);
});

test('the limits that a retry has raised hold for a fork of the run before it', async () => {
  const task = await rig.start(inOrder(shell('raised-1'), shell('raised-2'), answer('Done.')), {
    ...{ ...allow, limits: { max_iterations: 2 } },
  });
  await task.failure();
  await manager.retry(task.id, { overrides: { limits: { max_iterations: 3 } } });
  await rig.client.workflow.getHandle(task.id).result();
  const { id } = await manager.fork(task.id, {
    iteration: 2,
    prompt: 'And?',
    overrides: withModel(answer('So.')).overrides,
  });
  expect(await rig.task(id).result()).toMatchObject({ result: 'So.', iterations: 3 });
});

test('the results that the calls of an iteration had in a later run are in its fork, without what was said then', async () => {
  const task = await rig.start(inOrder(shell('later-1', 'echo through later-1'), answer('Done.'), answer('More.')), {
    ...{ ...allow, limits: { max_iterations: 1 } },
  });
  await task.failure();
  const overrides = { limits: { max_iterations: 5 } };
  await manager.continueTask(task.id, { text: 'Hurry.', overrides });
  await rig.client.workflow.getHandle(task.id).result();
  const { overrides: others, texts } = withModel(answer('Other.'));
  const { id, effects } = await manager.fork(task.id, { iteration: 1, prompt: 'Calmly.', overrides: others });
  await rig.task(id).result();
  expect(effects).toEqual([]);
  expect(texts()).toContain('through later-1');
  expect(texts()).not.toContain('Hurry.');
});

test('the time until the iteration counts', async () => {
  const task = await rig.start(inOrder(shell('time-1', 'sleep 1'), shell('time-2'), answer('Done.')), allow);
  await task.result();
  const within = (max_time_ms: number) => ({ model: rig.book.add(inOrder(answer('Other.'))), limits: { max_time_ms } });
  // The command of the first iteration alone took longer.
  await expect(manager.fork(task.id, { iteration: 1, overrides: within(900) })).rejects.toThrow(
    'give a higher --max-time',
  );
  await manager.continueTask(task.id, { text: 'And?', overrides: withModel(answer('That.')).overrides });
  await rig.client.workflow.getHandle(task.id).result();
  const late = { iteration: 4, prompt: 'Go on.', overrides: within(900) };
  await expect(manager.fork(task.id, late)).rejects.toThrow('give a higher --max-time');
  const { id } = await manager.fork(task.id, { ...late, overrides: within(3_600_000) });
  expect(await rig.task(id).result()).toMatchObject({ result: 'Other.' });
});

test('the time of an effect is from the audit log where its claim is gone, and from the history where both are', async () => {
  const task = await threeSteps('sources');
  const sources = async () => {
    const { overrides } = withModel(answer('Other.'));
    return (await manager.fork(task.id, { iteration: 2, overrides })).effects.map(({ tool, source }) => [tool, source]);
  };
  rmSync(join(rig.paths.claims, task.id), { recursive: true });
  expect(await sources()).toEqual([['shell', 'audit']]);
  renameSync(rig.paths.audit, `${rig.paths.audit}.away`);
  try {
    expect(await sources()).toEqual([['shell', 'history']]);
  } finally {
    renameSync(`${rig.paths.audit}.away`, rig.paths.audit);
  }
});

// The server takes half a minute to delete it.
test.runIf(LONG)(
  'of a task whose history is gone, what was begun after its checkpoint is listed from the claims',
  async () => {
    const task = await rig.start(
      inOrder(shell('gone-1'), shell('gone-2'), shell('gone-3', 'sleep 60'), answer('Done.')),
      allow,
    );
    await until(() => readLedger(rig.workspace).includes('gone-3'), { what: 'the third command runs' });
    await until(() => task.checkpoint()?.iteration === 1, { what: 'two rounds are in the checkpoint' });
    const checkpoint = readFileSync(rig.paths.checkpoint(task.id), 'utf8');
    await task.handle.cancel();
    await task.failure();
    // As it stays where the history was deleted while the task ran.
    writeFileSync(rig.paths.checkpoint(task.id), checkpoint);
    const { namespace, plain } = rig;
    await plain.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId: task.id } });
    const isThere = () =>
      plain.workflow
        .getHandle(task.id)
        .describe()
        .then(Boolean, () => false);
    await until(async () => !(await isThere()), { what: 'its history is gone' });
    const { overrides } = withModel(answer('Other.'));
    const { effects, lost } = await manager.fork(task.id, { iteration: 2, prompt: 'Now?', overrides });
    expect(lost).toContain('its history is gone');
    expect(effects).toMatchObject([{ iteration: 3, tool: 'shell', source: 'claim' }]);
    expect(effects[0]?.summary).toContain('gone-3');
  },
);

test('what cannot be forked is refused before anything is started', async () => {
  const task = await threeSteps('refused');
  await expect(manager.fork(task.id, { iteration: 5 })).rejects.toThrow('has had 4 iterations');
  await expect(manager.fork(task.id, { iteration: 4 })).rejects.toThrow('is an answer, so nothing follows it');
  const overrides = { limits: { max_iterations: 2 } };
  await expect(manager.fork(task.id, { iteration: 3, overrides })).rejects.toThrow('give a higher --max-iterations');
});

test('a rerun begins the same input anew, of a continued task and of a fork', async () => {
  const task = await threeSteps('again');
  await manager.continueTask(task.id, { text: 'And?', overrides: withModel(answer('That.')).overrides });
  await rig.client.workflow.getHandle(task.id).result();
  const { overrides, texts } = withModel(answer('Anew.'));
  const { id, from, effects } = await manager.rerun(task.id, { overrides });
  expect([from, effects]).toMatchObject([{ id: task.id, iteration: 0 }, []]);
  expect(await rig.task(id).result()).toMatchObject({ result: 'Anew.', iterations: 1, usage: { total_tokens: 100 } });
  expect(texts()).not.toContain('again-1');
  expect((await manager.status(task.id)).detail.children).toEqual([{ id, kind: 'rerun', iteration: 0 }]);
  expect((await manager.status(id)).detail.from).toMatchObject({ id: task.id, kind: 'rerun' });

  const fork = withModel(answer('Forked.'));
  const forked = await manager.fork(task.id, { iteration: 2, overrides: fork.overrides });
  await rig.task(forked.id).result();
  const same = withModel(answer('Forked again.'));
  const again = await manager.rerun(forked.id, { overrides: same.overrides });
  expect(await rig.task(again.id).result()).toMatchObject({ result: 'Forked again.', iterations: 3 });
  expect(same.texts()).toBe(fork.texts());
});

test('lost files of continued and forked tasks are rebuilt as they were', async () => {
  const task = await threeSteps('rebuilt');
  await manager.continueTask(task.id, { text: 'And?', overrides: withModel(answer('That.')).overrides });
  await rig.client.workflow.getHandle(task.id).result();
  const hanging = rig.book.add(inOrder({ hang: true }));
  const { id } = await manager.fork(task.id, { iteration: 2, overrides: { model: hanging } });
  await until(() => rig.task(id).file().checkpoint !== null, { what: 'the fork has its files' });
  const before = [task.file(), rig.task(id).file(), rig.task(id).checkpoint()];
  for (const path of [rig.paths.task(task.id), rig.paths.task(id), rig.paths.checkpoint(id)]) {
    expect(existsSync(path)).toBe(true);
    rmSync(path);
  }
  await manager.rebuildMirror([task.id, id]);
  expect([task.file(), rig.task(id).file(), rig.task(id).checkpoint()]).toEqual(before);
});
