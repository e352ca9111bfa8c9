/** A plugin with the user's own model, policy, mirror and notifier, in a real worker. */
import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskNotice } from '../../src/domain/notice.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import type { MirrorState } from '../../src/mirror/additional-mirror.js';
import { BackgroundTasksPlugin } from '../../src/plugin.js';
import type { CallToJudge, PolicyAnswer } from '../../src/policy/policy-function.js';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: 1, reasoning: undefined },
};

/** Lists the files, then answers; the first request of all fails as an overloaded service does. */
function handwritten(): LanguageModelV4 {
  let requests = 0;
  return {
    ...{ specificationVersion: 'v4', provider: 'by-hand', modelId: 'm', supportedUrls: {} },
    doGenerate: () => Promise.reject(new Error('it is streamed')),
    async doStream({ prompt }) {
      requests++;
      if (requests === 1) throw new Error('overloaded');
      const isAnswered = prompt.some(({ role }) => role === 'tool');
      const unified = isAnswered ? 'stop' : 'tool-calls';
      const said: LanguageModelV4StreamPart[] = isAnswered
        ? [
            { type: 'text-start', id: 't' },
            { type: 'text-delta', id: 't', delta: 'By hand.' },
            { type: 'text-end', id: 't' },
          ]
        : [{ type: 'tool-call', toolCallId: 'c', toolName: 'list_files', input: '{}' }];
      const end: LanguageModelV4StreamPart = { type: 'finish', finishReason: { unified, raw: undefined }, usage };
      return { stream: ReadableStream.from([...said, end]) };
    },
  };
}

const judged: CallToJudge[] = [];
const policy = new Map<string, PolicyAnswer>();
const mirrored: MirrorState[] = [];
const notices: TaskNotice[] = [];

let rig: Rig;
let manager: BackgroundTaskManager;
beforeAll(async () => {
  rig = await startRig({
    plugin: {
      models: { own: { mine: handwritten() } },
      defaultChoice: { provider: 'mine', model: 'm' },
      policyFunction: async (call) => {
        judged.push(call);
        return policy.get(JSON.stringify(call.args));
      },
      mirror: { write: async (state) => void mirrored.push(state) },
      notifier: {
        notify(notice) {
          const isFirst = notices.every(({ id }) => id !== notice.id);
          notices.push(notice);
          if (isFirst) throw new Error('it is down');
        },
      },
    },
  });
  manager = await BackgroundTaskManager.open({
    ...{ workdir: rig.paths.workdir, client: rig.client, ownModels: ['mine'] },
  });
});
afterAll(() => rig.stop());

/** Each notice twice: the first time the notifier failed. */
const noticesOf = (id: string) => notices.filter(({ task }) => task === id);
const shell = (mark: string, answer?: PolicyAnswer) => {
  const wanted = ledgerCall(mark);
  policy.set(JSON.stringify(wanted.args), answer);
  return inOrder({ calls: [{ id: 'a', name: wanted.name, args: wanted.args }] }, { content: 'Done.' });
};

describe('a model of the user', () => {
  test('answers the tasks that name it, and those that name none; its errors are tried again', async () => {
    const named = await manager.submit({ prompt: 'Look.', provider: 'mine' });
    expect(await manager.wait(named.id)).toMatchObject({ ok: true, status: 'Completed' });
    expect(rig.task(named.id).file()).toMatchObject({
      result: 'By hand.',
      provider: 'mine',
      model: 'm',
      iterations: 2,
    });
    const { id } = await manager.submit('Look.');
    expect(await manager.wait(id)).toMatchObject({ ok: true });
    expect(rig.task(id).file()).toMatchObject({ result: 'By hand.', provider: 'mine' });
    expect((await rig.task(id).status()).record.usage).toMatchObject({ cost: { source: null, unpriced: 2 } });
  });

  test('that the worker does not have is refused, by name', async () => {
    const start = rig.start(inOrder({ content: 'x' }), {
      provider: 'yours',
      endpoint: undefined,
      endpoint_origin: undefined,
    } as never);
    expect(await (await start).failure()).toMatchObject({
      ...{ type: 'StartRefused', message: expect.stringContaining("there is no provider 'yours'") },
    });
    await expect(manager.submit({ prompt: 'p', provider: 'yours' })).rejects.toMatchObject({ code: 'bad_input' });
  });

  test('of an older AI SDK is refused when the plugin is made', async () => {
    const own = { mine: { ...handwritten(), specificationVersion: 'v3' } as never };
    const made = BackgroundTasksPlugin.create({ workdir: rig.paths.workdir, models: { own } });
    await expect(made).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('version v3') });
  });
});

describe('a policy of the user', () => {
  test('lets a call run that would wait, refuses one that would run, and leaves others to the rules', async () => {
    const allowed = await rig.start(shell('by-policy', 'run'));
    expect(await allowed.result()).toMatchObject({ status: 'Completed' });
    expect(readLedger(rig.workspace)).toContain('by-policy');
    const refused = await rig.start(shell('not-by-policy', { verdict: 'refuse', reason: 'Not on Fridays.' }), {
      allow: ['shell'],
    });
    await refused.result();
    expect(JSON.stringify(refused.requests().at(-1)?.messages)).toContain('Not on Fridays.');
    expect(readLedger(rig.workspace)).not.toContain('not-by-policy');
    // Once when the model asks for it, and once before it runs.
    expect(judged.filter(({ task }) => task === allowed.id).map(({ tool }) => tool)).toEqual(['shell', 'shell']);
  });
});

describe('a notifier of the user', () => {
  test('that fails changes nothing and is told again: of a call that waits, and of the end', async () => {
    const task = await rig.start(shell('asks'));
    await until(() => noticesOf(task.id).length === 2, { what: 'the need is told' });
    const call = await until(async () => (await manager.approvals()).find((one) => one.task === task.id)?.call, {
      what: 'the call waits',
    });
    const asked = {
      ...{ type: 'needs_you', need: 'approval', task: task.id, id: call, call },
      reason: expect.stringMatching(/^approval of shell: /),
      command: `rookery approve ${task.id}, or rookery deny ${task.id}`,
    };
    expect(noticesOf(task.id)).toMatchObject([asked, asked]);
    await manager.decide({ id: task.id }, { decision: 'approve' });
    await task.result();
    const { runId } = await task.handle.describe();
    const done = { type: 'done', id: `${runId}/end`, result: 'Done.' };
    expect(noticesOf(task.id).slice(2)).toMatchObject([done, done]);
  });

  test('is told of a failure, and of a wait for a person, once for all its tries', async () => {
    const failing = await rig.start(inOrder({ calls: [{ id: 'a', name: 'list_files', args: {} }] }), {
      limits: { max_iterations: 1 },
    });
    await failing.failure();
    expect(noticesOf(failing.id)).toHaveLength(2);
    expect(noticesOf(failing.id)[1]).toMatchObject({ type: 'failed', error: 'Iteration limit of 1 reached' });
    const waiting = await rig.start(inOrder({ status: 401 }));
    await until(async () => (await waiting.status()).phase === 'waiting_person', { what: 'it waits' });
    await manager.resume(waiting.id);
    await until(() => waiting.requests().length === 2, { what: 'it is tried again' });
    await until(async () => (await waiting.status()).phase === 'waiting_person', { what: 'it waits again' });
    const needed = { type: 'needs_you', reason: expect.stringContaining('key') };
    await until(() => noticesOf(waiting.id).length === 2, { what: 'the need is told again' });
    expect(noticesOf(waiting.id)).toMatchObject([needed, needed]);
    await waiting.handle.cancel();
    await waiting.failure();
    expect(noticesOf(waiting.id)).toHaveLength(2);
  });
});

test('a mirror of the user has the last state of a task before the task ends', async () => {
  const task = await rig.start(shell('mirrored', 'run'));
  await task.result();
  const states = mirrored.filter(({ id }) => id === task.id);
  expect(states.at(-1)?.task).toMatchObject({ status: 'Completed', result: 'Done.', iterations: 2 });
  const versions = states.map(({ version }) => version);
  expect(versions).toEqual([...versions].sort((a, b) => a - b));
});
