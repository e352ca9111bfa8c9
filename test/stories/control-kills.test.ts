/**
 * What a person does to a task outlives kill -9 of its worker in the middle of it: messages, what continues after an end,
 * forks, raised limits, answers, structured answers, and a Reset in the Web UI.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InboxAnswer } from '../../src/domain/control.js';
import { QUERIES, type TaskInput } from '../../src/domain/protocol.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { inOrder } from '../support/book.js';
import { conversationOf } from '../support/gate.js';
import { eventsOf } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import type { Script, ScriptReply } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { resetWorkflow, resumeRestarted } from '../support/reset.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { type Story, tellTogether } from '../support/shared-kills.js';
import { until } from '../support/until.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';

let rig: Rig;
let manager: BackgroundTaskManager;
let worker: WorkerProcess;
let told: Readonly<Record<string, () => Promise<void>>>;
const spawn = async (): Promise<void> => {
  const { address, namespace, workspace, paths } = rig;
  worker = await spawnWorker({ address, namespace, workspace, workdir: paths.workdir, sandbox: 'off' });
};
const usage = { input: 90, output: 10 };
const allow: Partial<TaskInput> = { allow: ['shell'] };
const answer = (content: string): ScriptReply => ({ content, usage });
/** An unsafe command; `slow`: it outlives the worker that began it, unless it is stopped. */
const shell = (line: string, slow = false): ScriptReply => ({
  calls: [{ id: line, ...ledgerCall(line, slow ? 'sleep 60' : '') }],
  usage,
});
/** The model does not answer before the worker is killed. */
const silent: Script = { hang: true };

const runs = (line: string) => until(() => readLedger(rig.workspace).includes(line), { what: `${line} runs` });
const asked = (task: Task, times: number) =>
  until(() => task.requests().length >= times, { what: `the model is asked ${times} times` });
const phase = (task: Task, name: string) =>
  until(async () => (await task.status().catch(() => undefined))?.phase === name, { what: `it is ${name}` });
const linesOf = (story: string): string[] => readLedger(rig.workspace).filter((line) => line.startsWith(story));
const resultOf = (id: string): Promise<unknown> => rig.client.workflow.getHandle(id).result();

async function isMirrored(...ids: string[]): Promise<void> {
  const checked = await manager.verifyMirror(ids);
  expect(checked.map(({ id, differences }) => [id, differences])).toEqual(ids.map((id) => [id, []]));
}

const stories: Readonly<Record<string, Story>> = {
  async 'messages of each kind, sent before the kill and without a worker, are each delivered once and in their place'(
    kill,
  ) {
    const task = await rig.start(inOrder(shell('said-1', true), answer('First.'), answer('Second.')), allow);
    await runs('said-1');
    await manager.send(task.id, 'Steer one.');
    await manager.send(task.id, 'Queued.', { mode: 'queue' });
    await kill(() => manager.send(task.id, 'Steer two.'));
    expect(await task.result()).toMatchObject({ result: 'Second.', iterations: 3, usage: { total_tokens: 300 } });
    expect(conversationOf(task, 2).slice(-2)).toEqual([
      expect.stringMatching(/^tool: .*outcome unknown/i),
      'user: Steer one.\nSteer two.',
    ]);
    expect(conversationOf(task, 3).slice(-2)).toEqual(['assistant: First.', 'user: Queued.']);
    expect(linesOf('said-')).toEqual(['said-1']);
    const { messages } = await task.handle.query<InboxAnswer>(QUERIES.inbox);
    expect(messages.map(({ text, iteration }) => [text, iteration])).toEqual([
      ['Steer one.', 2],
      ['Queued.', 3],
      ['Steer two.', 2],
    ]);
    await isMirrored(task.id);
  },

  async 'an interrupting message that came without a worker ends the call that the dead worker had, and is delivered'(
    kill,
  ) {
    const task = await rig.start(inOrder(shell('stopped-1', true), answer('Done.')), allow);
    await runs('stopped-1');
    await kill(() => manager.send(task.id, 'Stop that.', { mode: 'interrupt' }));
    expect(await task.result()).toMatchObject({ result: 'Done.', iterations: 2 });
    expect(conversationOf(task, 2).slice(-2)).toEqual([
      expect.stringMatching(/^tool: .*(interrupted|outcome unknown)/i),
      'user: Stop that.',
    ]);
    expect(linesOf('stopped-')).toEqual(['stopped-1']);
  },

  async 'a completed task continues with what is said to it without a worker, and over a kill in its new call'(kill) {
    const task = await rig.start(inOrder(answer('One.'), shell('again-1', true), answer('Two.')), allow);
    await task.result();
    await kill(() => manager.continueTask(task.id, { text: 'And the other one?' }));
    await runs('again-1');
    expect(task.file()).toMatchObject({ status: 'Running' });
    await kill();
    expect(await resultOf(task.id)).toMatchObject({ result: 'Two.', iterations: 3, usage: { total_tokens: 300 } });
    expect(conversationOf(task, 2).slice(-2)).toEqual(['assistant: One.', 'user: And the other one?']);
    expect(linesOf('again-')).toEqual(['again-1']);
    await isMirrored(task.id);
  },

  async 'a retry of a task that failed while its reply was awaited keeps what was said, over a kill'(kill) {
    const refused: Script = { status: 400, body: { error: { message: 'no' } } };
    const task = await rig.start(inOrder(shell('retried-1', true), refused, silent, answer('Done.')), allow);
    await runs('retried-1');
    await manager.send(task.id, 'Be brief.');
    await kill();
    await task.failure();
    expect(conversationOf(task, 2).at(-1)).toBe('user: Be brief.');
    await manager.retry(task.id);
    await asked(task, 3);
    await kill();
    expect(await resultOf(task.id)).toMatchObject({ result: 'Done.', iterations: 2 });
    expect(conversationOf(task, -1).filter((line) => line.includes('Be brief.'))).toHaveLength(1);
    expect(linesOf('retried-')).toEqual(['retried-1']);
    await isMirrored(task.id);
  },

  async 'a fork that was made without a worker lists what the source has done since, and repeats none of it'(kill) {
    const task = await rig.start(
      inOrder(shell('source-1'), shell('source-2'), shell('source-3', true), answer('Done.')),
      allow,
    );
    await runs('source-3');
    const model = rig.book.add(inOrder(shell('fork-1', true), answer('Other.')));
    let id = '';
    await kill(async () => {
      const forked = await manager.fork(task.id, { iteration: 1, prompt: 'Differently.', overrides: { model } });
      id = forked.id;
      expect(forked.effects.map(({ iteration, outcome }) => [iteration, outcome])).toEqual([
        [2, 'ok'],
        [3, null],
      ]);
    });
    await runs('fork-1');
    await kill();
    expect(await resultOf(id)).toMatchObject({ result: 'Other.', iterations: 3, usage: { total_tokens: 300 } });
    expect(await task.result()).toMatchObject({ result: 'Done.', iterations: 4 });
    expect(linesOf('source-')).toEqual(['source-1', 'source-2', 'source-3']);
    expect(linesOf('fork-')).toEqual(['fork-1']);
    await isMirrored(task.id, id);
  },

  async 'a task waits at its limit over a kill, and continues from there after a raise, over another one'(kill) {
    const limits = { max_total_tokens: 150 };
    const task = await rig.start(inOrder(shell('limit-1'), shell('limit-2', true), answer('Done.')), {
      ...{ ...allow, limits, on_limit: 'ask' },
    });
    await phase(task, 'waiting_limit');
    expect([task.requests().length, linesOf('limit-')]).toEqual([2, ['limit-1']]);
    await kill();
    await phase(task, 'waiting_limit');
    await manager.raise(task.id, { max_total_tokens: 250 });
    await runs('limit-2');
    await kill();
    expect(await task.result()).toMatchObject({ result: 'Done.', iterations: 3, usage: { total_tokens: 300 } });
    expect(linesOf('limit-')).toEqual(['limit-1', 'limit-2']);
    expect(task.requests()).toHaveLength(3);
  },

  async 'a question waits over a kill, and its answer is not asked for again when the next worker dies too'(kill) {
    const question = { question: 'Which one?' };
    const task = await rig.start(
      inOrder({ calls: [{ id: 'q', name: 'ask_user', args: question }] }, silent, answer('Done.')),
    );
    await phase(task, 'waiting_question');
    await kill();
    await phase(task, 'waiting_question');
    await manager.answer({ id: task.id }, 'the second');
    await asked(task, 2);
    await kill();
    expect(await task.result()).toMatchObject({ result: 'Done.', iterations: 2 });
    expect(conversationOf(task, -1).at(-1)).toBe("tool: [the person's answer]\nthe second");
  },

  async 'an answer that must match a schema is repaired once, although the worker dies in the repair'(kill) {
    const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } as const;
    const task = await rig.start(inOrder(answer('{"n": "one"}'), silent, answer('{"n": 1}')), { schema });
    await asked(task, 2);
    await kill();
    expect(await task.result()).toMatchObject({ result: '{"n": 1}', iterations: 2, usage: { total_tokens: 200 } });
    expect(await manager.result(task.id)).toMatchObject({ structured: { n: 1 } });
    expect(conversationOf(task, -1).filter((line) => line.includes('does not match'))).toHaveLength(1);
  },

  async 'after a Reset to before its messages each of them is delivered once more, and only once, also over a kill'(
    kill,
  ) {
    const list: ScriptReply = { calls: [{ id: 'l', name: 'list_files', args: {} }], usage };
    const task = await rig.start(inOrder(shell('reset-1', true), list, answer('One.'), silent, answer('Two.')), allow);
    await runs('reset-1');
    await manager.send(task.id, 'Remember this.');
    await manager.send(task.id, 'Then that.', { mode: 'queue' });
    await kill();
    await asked(task, 4);
    const first = (await eventsOf(rig.client, task.id)).find((event) => event.workflowTaskCompletedEventAttributes);
    await resetWorkflow(rig, task, first?.eventId);
    await kill();
    await resumeRestarted(rig, task);
    await until(async () => (await task.handle.describe()).status.name !== 'RUNNING', { what: 'it ends' });
    expect(await resultOf(task.id)).toMatchObject({ status: 'Completed', result: 'Two.' });
    const said = (await task.transcript()).flatMap(({ role, content }) => (role === 'user' ? [content] : [])).slice(1);
    expect(said).toEqual(['Remember this.', 'Then that.']);
    const { messages } = await task.handle.query<InboxAnswer>(QUERIES.inbox);
    expect(messages.map(({ text, state }) => [text, state])).toEqual([
      ['Remember this.', 'delivered'],
      ['Then that.', 'delivered'],
    ]);
    expect(linesOf('reset-')).toEqual(['reset-1']);
    await isMirrored(task.id);
  },
};

beforeAll(async () => {
  rig = await startRig({ worker: false });
  manager = await managerOf(rig);
  await spawn();
  told = tellTogether(stories, { kill: () => worker.kill(), spawn });
});
afterAll(async () => {
  await worker.kill();
  await rig.stop();
});

test.each(Object.keys(stories))('%s', (name) => told[name]?.());
