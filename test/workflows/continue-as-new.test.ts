/** A task goes on in a new run when its history is long: nothing of it is lost, nothing is done twice. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIXED } from '../../src/domain/limits.js';
import { SIGNALS } from '../../src/domain/protocol.js';
import { type BareServer, startBareServer } from '../support/bare-server.js';
import { openBook } from '../support/book.js';
import { eventsOf, runsOf, scheduledBy } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { repliesIn, type Script, scriptedAgent } from '../support/llm-server.js';
import { processesOf } from '../support/processes.js';
import { LONG } from '../support/random.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

const PAGE = 'one line of sixty-four characters, so that 4 KiB are no strain.\n'.repeat(64);

/** Events of all runs that no task has in its life: a workflow task that failed or was too slow. */
async function failedSteps(rig: Rig, task: Task): Promise<unknown[]> {
  const failed: unknown[] = [];
  for (const run of await runsOf(rig.client, task.id)) {
    for (const event of await eventsOf(rig.client, task.id, run)) {
      const found = event.workflowTaskFailedEventAttributes ?? event.workflowTaskTimedOutEventAttributes;
      if (found) failed.push(found);
    }
  }
  return failed;
}

function reader(iterations: number) {
  return scriptedAgent({
    iterations: iterations - 1,
    callFor: () => ({ name: 'read_file', args: { path: 'page.txt' } }),
    final: 'All read.',
  });
}

describe('on a server that wants short histories', () => {
  let server: BareServer;
  let rig: Rig;
  beforeAll(async () => {
    server = await startBareServer({ 'limit.historyCount.suggestContinueAsNew': 60 });
    rig = await startRig({ address: server.address, plugin: { compaction: 'notices' } });
    writeFileSync(join(rig.workspace, 'page.txt'), PAGE);
  });
  afterAll(async () => {
    await rig.stop();
    await server.stop();
  });

  test('conversation, usage and iterations go along through many runs', async () => {
    const iterations = 100;
    const task = await rig.start(reader(iterations), { limits: { max_iterations: iterations } });
    const result = await task.result();
    expect(result).toMatchObject({ status: 'Completed', result: 'All read.', iterations });
    expect(result.usage.total_tokens).toBe(iterations * 15);
    expect((await runsOf(rig.client, task.id)).length).toBeGreaterThan(3);
    expect(task.requests()).toHaveLength(iterations);
    const last = task.requests().at(-1)?.messages ?? [];
    expect(last.filter(({ role }) => role === 'tool').every(({ content }) => String(content).includes(PAGE))).toBe(
      true,
    );
    expect(last.filter(({ role }) => role === 'assistant')).toHaveLength(iterations - 1);
    expect(task.file()).toMatchObject({ status: 'Completed', iterations });
    expect(await failedSteps(rig, task)).toEqual([]);
  });

  test('unsafe calls run once, and the results of a reply stay with it', async () => {
    const script = scriptedAgent({
      iterations: 20,
      callFor: (n) => [ledgerCall(`can-${n}`), { name: 'list_files', args: {} }],
      final: 'Done.',
    });
    const task = await rig.start(script, { allow: ['shell'] });
    expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 21 });
    expect((await runsOf(rig.client, task.id)).length).toBeGreaterThan(1);
    expect(readLedger(rig.workspace)).toEqual(Array.from({ length: 20 }, (_, n) => `can-${n}`));
  });

  test('a background command continues through many runs, and ends with the task', async () => {
    const script: Parameters<Rig['start']>[0] = ({ messages }) => {
      const n = repliesIn(messages);
      const handle = /background as (\w+)\./.exec(JSON.stringify(messages))?.[1];
      const args = n === 20 ? { handle } : { path: 'page.txt', limit: 10 + n };
      if (n === 0) return { calls: [{ id: 'bg', name: 'shell', args: { command: 'sleep 600', background: true } }] };
      if (n > 20) return { content: 'Done.' };
      return { calls: [{ id: `c${n}`, name: n === 20 ? 'shell_output' : 'read_file', args }] };
    };
    const task = await rig.start(script, { allow: ['shell'] });
    await until(() => processesOf(task).length > 0, { what: 'it runs' });
    const first = processesOf(task);
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    expect((await runsOf(rig.client, task.id)).length).toBeGreaterThan(1);
    const read = task
      .requests()
      .at(-1)
      ?.messages.findLast(({ role }) => role === 'tool');
    expect(read?.content).toMatch(/^\[still running, after \d+ s\]$/);
    expect(first.length).toBeGreaterThan(0);
    expect(processesOf(task)).toEqual([]);
  });

  test('an event that could not be told yet is told in the next run, once', async () => {
    const told: string[] = [];
    let isDown = true;
    const notify = ({ id }: { readonly id: string }): void => {
      if (isDown) throw new Error('it is down');
      told.push(id);
    };
    const own = await startRig({ address: server.address, plugin: { notifier: { notify } } });
    const task = await own.start(() => ({ status: 401 }));
    for (let tries = 1; (await runsOf(own.client, task.id)).length === 1; tries++) {
      await until(async () => (await task.status()).phase === 'waiting_person', { what: 'it waits' });
      await task.handle.signal(SIGNALS.resume);
      await until(() => task.requests().length > tries, { what: 'it tries again' });
    }
    const scheduled = async () => (await scheduledBy(own.client, task.id)).map(({ activity }) => activity);
    await until(async () => (await scheduled()).includes('notify'), { what: 'the next run has it too' });
    isDown = false;
    await until(() => told.length > 0, { what: 'it is told' });
    await task.handle.cancel();
    await task.failure();
    const [first] = await runsOf(own.client, task.id);
    expect(told).toEqual([expect.stringMatching(`^${first}/wait/0/\\d+$`)]);
    await own.stop();
  });

  test('limits count over all runs', async () => {
    const task = await rig.start(reader(200), { limits: { max_iterations: 40 } });
    expect((await task.failure()).message).toBe('Iteration limit of 40 reached');
    expect((await runsOf(rig.client, task.id)).length).toBeGreaterThan(1);
    expect(task.requests()).toHaveLength(40);
  });

  test('a task that waits for a person is woken in its new run', async () => {
    let shut = true;
    const agent = reader(30);
    const task = await rig.start((request) => {
      const accepted = request.messages.filter(({ role }) => role === 'assistant').length;
      return shut && accepted >= 5 ? { status: 401, body: { error: { message: 'expired' } } } : agent(request);
    });
    const stranger = rig.plain.workflow.getHandle(task.id);
    await until(async () => (await task.status()).phase === 'waiting_person', { what: 'the task waits' });
    for (let n = 0; (await runsOf(rig.client, task.id)).length < 2; n++) {
      await stranger.signal(SIGNALS.resume, { id: `${n}` });
      await until(async () => (await task.status()).phase === 'waiting_person', { what: 'the task waits again' });
    }
    const asked = task.requests().length;
    const { record, reason } = await task.status();
    expect({ iterations: record.iterations, reason }).toMatchObject({ iterations: 5 });
    expect(reason).toContain('expired');
    shut = false;
    await task.handle.signal(SIGNALS.resume);
    expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 30 });
    expect(task.requests()).toHaveLength(asked + 25);
  });

  test('a time that the provider named goes along: the new run waits for it, and a resume ends the wait', async () => {
    const refusal = { status: 429, headers: { 'retry-after': '7200' }, body: { error: { message: 'busy' } } };
    let busy = true;
    const task = await rig.start(() => (busy ? refusal : { content: 'At last.' }));
    const stranger = rig.plain.workflow.getHandle(task.id);
    const wait = async () => {
      const { phase, reason } = await task.status();
      return phase === 'retrying' && reason?.includes('next try at') && reason;
    };
    const first = await until(wait, { what: 'the task waits for its provider' });
    for (let n = 0; (await runsOf(rig.client, task.id)).length < 2; n++) {
      await stranger.signal(SIGNALS.resume, { id: `${n}` });
      await until(wait, { what: 'the task waits again' });
    }
    const named = /next try at \S+$/.exec(String(first))?.[0];
    expect(await until(wait, { what: 'the task waits in its new run' })).toContain(named);
    expect(task.requests()).toHaveLength(1);
    busy = false;
    await task.handle.signal(SIGNALS.resume);
    expect(await task.result()).toMatchObject({ status: 'Completed', result: 'At last.' });
  });

  test('a model that repeats itself is counted over two runs', async () => {
    let n = 0;
    const read = { id: 'a', name: 'read_file', args: { path: 'page.txt' } };
    const task = await rig.start(() => ({
      calls: [++n > 5 ? read : { ...read, args: { path: 'page.txt', limit: n } }],
    }));
    await until(async () => (await task.status()).phase === 'waiting_person', { what: 'the task waits' });
    expect(task.requests()).toHaveLength(15);
    expect((await runsOf(rig.client, task.id)).length).toBeGreaterThan(1);
  });

  test('a task of long replies goes on, however large its prompt is', async () => {
    let said = 0;
    const talker = (): Script =>
      ++said < 40
        ? { content: 'long '.repeat(20_000), calls: [{ id: `call_${said}`, name: 'list_files', args: {} }] }
        : { content: 'All said.' };
    const task = await rig.start(talker, { prompt: 'x'.repeat(FIXED.promptBytes), system_prompt: '' });
    expect(await task.result()).toMatchObject({ status: 'Completed', result: 'All said.', iterations: 40 });
    expect((await runsOf(rig.client, task.id)).length).toBeGreaterThan(1);
    expect(await failedSteps(rig, task)).toEqual([]);
    const last = task.requests().at(-1)?.messages ?? [];
    const opening = last.find(({ role }) => role === 'user');
    expect(JSON.stringify(opening?.content)).toMatch(/replies of this task.* were removed/);
  });

  test('a cancel reaches the newest run', async () => {
    const agent = reader(10_000);
    const task = await rig.start(agent, { limits: { max_iterations: 10_000 } });
    await until(async () => (await runsOf(rig.client, task.id)).length > 1, { what: 'a second run' });
    await task.handle.cancel();
    expect((await task.failure()).name).toBe('CancelledFailure');
    expect(task.file()).toMatchObject({ status: 'Cancelled' });
  });
});

test.runIf(LONG)('5,000 iterations of 4 KiB end without a failed workflow task', { timeout: 1_800_000 }, async () => {
  const rig = await startRig({ book: await openBook({ forget: true }), plugin: { compaction: 'notices' } });
  writeFileSync(join(rig.workspace, 'page.txt'), PAGE);
  const task = await rig.start(reader(5_000), { limits: { max_iterations: 5_000 } });
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 5_000 });
  expect(task.requests()).toHaveLength(5_000);
  expect(await failedSteps(rig, task)).toEqual([]);
  await rig.stop();
});
