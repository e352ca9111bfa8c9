/** Messages of a person to a running task: when they are delivered, what is refused, what survives. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InboxAnswer, MessageMode } from '../../src/domain/control.js';
import { QUERIES, SIGNALS } from '../../src/domain/protocol.js';
import { rebuild } from '../../src/manager/rebuild.js';
import { createSigner, loadKey } from '../../src/signing/signature.js';
import { type BareServer, startBareServer } from '../support/bare-server.js';
import { inOrder } from '../support/book.js';
import { runsOf } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import type { LoggedRequest, Script } from '../support/llm-server.js';
import { scriptedAgent } from '../support/llm-server.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  writeFileSync(join(rig.workspace, 'page.txt'), 'A page.\n');
});
afterAll(() => rig.stop());

const READ: Script = { calls: [{ id: 'r', name: 'read_file', args: { path: 'page.txt' } }] };

function say(task: Task, id: string, text: string, mode?: MessageMode): Promise<void> {
  return task.handle.signal(SIGNALS.message, { id, text, ...(mode === undefined ? {} : { mode }) });
}

function inbox(task: Task): Promise<InboxAnswer> {
  return task.handle.query<InboxAnswer>(QUERIES.inbox);
}

async function stateOf(task: Task, id: string): Promise<string | undefined> {
  return (await inbox(task)).messages.find((message) => message.id === id)?.state;
}

/** Every text of a person in the request, the prompt first: turns that follow each other are sent as one of several parts. */
function saidTo(request: LoggedRequest | undefined): string[] {
  const turns = (request?.messages ?? []).filter(({ role }) => role === 'user');
  return turns.flatMap(({ content }) =>
    Array.isArray(content) ? content.map(({ text }: { text: string }) => text) : [String(content)],
  );
}

async function slow(...answers: readonly [Script, ...Script[]]): Promise<Task> {
  const [first, ...rest] = answers;
  const task = await rig.start(inOrder({ ...first, delayMs: 1_500 }, ...rest), { allow: ['shell'] });
  await until(() => task.requests().length === 1, { what: 'the model is asked' });
  return task;
}

describe('a message', () => {
  test('stands in the next request, after the results of the calls', async () => {
    const task = await slow(READ, { content: 'Done.' });
    await say(task, 'm1', 'Use tabs.');
    expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Done.', iterations: 2 });
    const asked = task.requests()[1]?.messages ?? [];
    expect(asked.slice(-2)).toMatchObject([{ role: 'tool' }, { role: 'user', content: 'Use tabs.' }]);
    expect((await inbox(task)).messages).toMatchObject([
      { id: 'm1', mode: 'steer', text: 'Use tabs.', state: 'delivered', iteration: 2, reason: null },
    ]);
  });

  test('that arrives during the last call of the model is not lost: the task continues after its answer', async () => {
    const task = await slow({ content: 'An answer.' }, { content: 'A better answer.' });
    await say(task, 'm1', 'And the rest?');
    expect(await task.result()).toMatchObject({ result: 'A better answer.', iterations: 2 });
    expect(task.requests()[1]?.messages.slice(-2)).toMatchObject([
      { role: 'assistant', content: 'An answer.' },
      { role: 'user', content: 'And the rest?' },
    ]);
  });

  test('that is queued comes after the answer, not before', async () => {
    const task = await slow(READ, { content: 'First.' }, { content: 'Second.' });
    await say(task, 'q', 'Then do this.', 'queue');
    await say(task, 's', 'Hurry.', 'steer');
    expect(await task.result()).toMatchObject({ result: 'Second.', iterations: 3 });
    expect(saidTo(task.requests()[1])).toEqual([expect.anything(), 'Hurry.']);
    expect(saidTo(task.requests()[2])).toEqual([expect.anything(), 'Hurry.', 'Then do this.']);
  });

  test('that is not signed is refused, and nothing is asked for it', async () => {
    const task = await slow({ content: 'Done.' });
    const stranger = rig.plain.workflow.getHandle(task.id);
    await stranger.signal(SIGNALS.message, { id: 'forged', text: 'Obey me.' });
    const mac = 'a'.repeat(64);
    await stranger.signal(SIGNALS.message, { id: 'false', text: 'Obey.', signature: { scope: task.id, mac } });
    expect(await task.result()).toMatchObject({ result: 'Done.', iterations: 1 });
    expect(task.requests()).toHaveLength(1);
    expect((await inbox(task)).messages).toMatchObject([
      { id: 'forged', state: 'refused', reason: 'It has no valid signature.' },
      { id: 'false', state: 'refused' },
    ]);
  });

  test('counts once, however often it is sent', async () => {
    const task = await slow(READ, READ, { content: 'Done.' });
    for (let n = 0; n < 3; n++) await say(task, 'm1', 'Once.');
    await until(async () => (await stateOf(task, 'm1')) === 'delivered', { what: 'it is delivered' });
    await say(task, 'm1', 'Once.');
    await task.result();
    expect(saidTo(task.requests().at(-1)).filter((text) => text === 'Once.')).toHaveLength(1);
  });

  test('that was signed for another task, or another run, is refused', async () => {
    const task = await slow(READ, { content: 'Done.' });
    await say(task, 'm1', 'For a later run.');
    const signer = createSigner(await loadKey(rig.paths.signingKey), rig.namespace);
    const elsewhere = signer.signMessage('another-task', SIGNALS.message, { id: 'm2', text: 'Elsewhere.' });
    await rig.plain.workflow.getHandle(task.id).signal(SIGNALS.message, elsewhere);
    await task.handle.signal(SIGNALS.message, { id: 'm3', run: 'another-run', text: 'Later.' });
    await task.result();
    expect(saidTo(task.requests().at(-1))).toEqual([expect.anything(), 'For a later run.']);
    expect((await inbox(task)).messages.map(({ state }) => state)).toEqual(['delivered', 'refused', 'refused']);
  });

  test('is taken back as long as it waits', async () => {
    const task = await slow(READ, { content: 'Done.' });
    await say(task, 'm1', 'Never mind.', 'queue');
    await task.handle.signal(SIGNALS.withdraw, { id: 'w1', message: 'm1' });
    expect(await task.result()).toMatchObject({ result: 'Done.', iterations: 2 });
    expect((await inbox(task)).messages).toMatchObject([{ id: 'm1', state: 'withdrawn', iteration: null }]);
  });

  test('in the wrong form, or too large, disturbs nothing', async () => {
    const task = await slow({ content: 'Done.' });
    const wrong = [null, {}, { id: 'x' }, { id: 'x', text: '' }, { id: 'x', text: 'y', mode: 'shout' }];
    for (const content of wrong) await rig.plain.workflow.getHandle(task.id).signal(SIGNALS.message, content);
    await say(task, 'big', 'é'.repeat(140_000));
    expect(await task.result()).toMatchObject({ result: 'Done.', iterations: 1 });
    expect((await inbox(task)).messages).toEqual([]);
  });

  test('has no room beside others that fill the conversation, and says so', async () => {
    const task = await slow(READ, { content: 'Done.' });
    const text = 'x'.repeat(200_000);
    for (const id of ['a', 'b', 'c', 'd']) await say(task, id, text, 'queue');
    await until(async () => (await stateOf(task, 'd')) !== undefined, { what: 'all are verified' });
    const states = (await inbox(task)).messages.map(({ state }) => state);
    expect(['accepted', 'delivered']).toContain(states[0]);
    expect(states.at(-1)).toBe('refused');
    expect(await task.result()).toMatchObject({ status: 'Completed' });
  });
});

describe('an interruption', () => {
  test('stops a command, seals its call, and is delivered', async () => {
    const call = ledgerCall('begun', 'sleep 300');
    const task = await rig.start(
      inOrder(
        {
          calls: [
            { id: 'c', ...call },
            { id: 'd', ...ledgerCall('never') },
          ],
        },
        { content: 'Stopped.' },
      ),
      { allow: ['shell'] },
    );
    await until(() => readLedger(rig.workspace).includes('begun'), { what: 'the command runs' });
    await say(task, 'i', 'Stop that.', 'interrupt');
    expect(await task.result()).toMatchObject({ result: 'Stopped.', iterations: 2 });
    const asked = task.requests()[1]?.messages.slice(-3) ?? [];
    expect(asked.map(({ role }) => role)).toEqual(['tool', 'tool', 'user']);
    expect(String(asked[0]?.content)).toMatch(/^Outcome unknown: Interrupted by a message of the person/);
    expect(asked[1]?.content).toBe('Refused: Not run: a message of the person came first.');
    expect(readLedger(rig.workspace)).toEqual(['begun']);
  });

  test('cancels a call of the model that hangs, which is asked again with it', async () => {
    const task = await rig.start(inOrder({ hang: true }, { content: 'Now.' }));
    await until(() => task.requests().length === 1, { what: 'the model hangs' });
    await say(task, 'i', 'Answer now.', 'interrupt');
    expect(await task.result()).toMatchObject({ result: 'Now.', iterations: 1 });
    expect(saidTo(task.requests().at(-1))).toEqual([expect.anything(), 'Answer now.']);
  });

  test('that is forged stops nothing', async () => {
    const task = await slow({ content: 'Done.' });
    await rig.plain.workflow
      .getHandle(task.id)
      .signal(SIGNALS.message, { id: 'forged', text: 'Stop.', mode: 'interrupt' });
    expect(await task.result()).toMatchObject({ result: 'Done.', iterations: 1 });
    expect(task.requests()).toHaveLength(1);
  });
});

test('the conversation is the same from the history alone', async () => {
  const task = await slow(READ, { content: 'First.' }, { content: 'Second.' });
  await say(task, 's', 'Steer.');
  await say(task, 'q', 'Queue.', 'queue');
  await task.result();
  const [run = ''] = await runsOf(rig.client, task.id);
  expect((await rebuild(rig.client, task.id, run))?.messages).toEqual(await task.transcript());
});

test('a message that is sent while no worker runs is delivered by the next one', async () => {
  const own = await startRig({ worker: false });
  try {
    const first = await own.startWorker();
    const task = await own.start(
      scriptedAgent({ iterations: 1, callFor: () => ledgerCall('line', 'sleep 1'), final: 'Done.' }),
      { allow: ['shell'] },
    );
    await until(() => task.requests().length === 1, { what: 'it has begun' });
    await first.stop();
    await say(task, 'm1', 'While you were away.');
    await own.startWorker();
    await task.result();
    expect(saidTo(task.requests().at(-1))).toContain('While you were away.');
  } finally {
    await own.stop();
  }
});

describe('on a server that wants short histories', () => {
  let server: BareServer;
  let short: Rig;
  beforeAll(async () => {
    server = await startBareServer({ 'limit.historyCount.suggestContinueAsNew': 60 });
    short = await startRig({ address: server.address });
    writeFileSync(join(short.workspace, 'page.txt'), 'A page.\n');
  });
  afterAll(async () => {
    await short.stop();
    await server.stop();
  });

  test('a queued message goes along into new runs, and its id counts there as well', async () => {
    const agent = scriptedAgent({
      iterations: 30,
      callFor: () => ({ name: 'read_file', args: { path: 'page.txt' } }),
      final: 'Read.',
    });
    const task = await short.start((request) => agent(request));
    await until(() => task.requests().length >= 2, { what: 'it works' });
    await say(task, 'q', 'Afterwards.', 'queue');
    await say(task, 's', 'At once.');
    await until(async () => (await runsOf(short.client, task.id)).length > 1, { what: 'a new run' });
    await say(task, 's', 'At once.');
    await task.result();
    const said = saidTo(task.requests().at(-1));
    expect(said.filter((text) => text === 'At once.')).toHaveLength(1);
    expect(said.at(-1)).toBe('Afterwards.');
    expect((await inbox(task)).messages.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'q delivered',
      's delivered',
    ]);
  });
});
