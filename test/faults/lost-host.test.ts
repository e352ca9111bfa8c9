/**
 * A host is killed for good while another one lives: tasks that left nothing on it move by themselves, the others say
 * why they wait and move by a person's word, and the old host, when it returns, touches nothing of them.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SIGNALS } from '../../src/domain/protocol.js';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { type LlmRequest, scriptedAgent } from '../support/llm-server.js';
import type { Task } from '../support/rig.js';
import { startTwoHosts, type TwoHosts } from '../support/two-hosts.js';
import { until } from '../support/until.js';

const READS = 6;
const list = { name: 'list_files', args: {} };

let hosts: TwoHosts;
let reading: Task;
let written: Task;
let calling: Task;
let waiting: Task;

/** Slow from the third request on, so that the host dies in the middle. */
function reader(request: LlmRequest) {
  const agent = scriptedAgent({ iterations: READS, callFor: () => list, final: 'Done.' });
  return { ...agent(request), delayMs: request.messages.length > 4 ? 1_500 : 0 };
}

beforeAll(async () => {
  hosts = await startTwoHosts({ sandbox: 'off' });
  const { here, there } = hosts;
  await here.start();
  const own = { host: here.name, allow: ['shell'] };
  const wrote = (line: string, then = '') => ({ calls: [{ id: line, ...ledgerCall(line, then) }] });
  reading = await here.rig.start(reader, own);
  written = await here.rig.start(
    inOrder(wrote('written'), { calls: [{ id: 'l', ...list }] }, { hang: true }, { content: 'Done.' }),
    own,
  );
  calling = await here.rig.start(inOrder(wrote('calling', 'sleep 600'), { content: 'Done.' }), own);
  waiting = await here.rig.start(inOrder(wrote('asked'), { content: 'Done.' }), { host: here.name });
  const ledger = () => readLedger(here.rig.workspace);
  await until(() => reading.requests().length >= 3, { what: 'the reader is half done' });
  await until(() => written.requests().length === 3, { what: 'the writer thinks' });
  await until(() => ledger().includes('calling'), { what: 'the call runs' });
  await until(async () => (await waiting.status()).phase === 'waiting_approval', { what: 'a call waits for approval' });
  await there.start();
  await here.kill();
});
afterAll(() => hosts.stop());

test('a task that has only read continues on the living host, which writes its files', async () => {
  expect(await reading.result()).toMatchObject({ status: 'Completed', iterations: READS + 1 });
  expect((await reading.status()).host).toBe(hosts.there.name);
  const { tasks } = hosts.there.rig.paths;
  expect(readdirSync(tasks)).toContain(`${reading.id}.json`);
  expect((await hosts.there.manager.getTask(reading.id)).status).toBe('Completed');
});

test('a call that was not sent before its host was lost runs on the other host, once it is approved', async () => {
  const { there } = hosts;
  const [approval] = await there.manager.approvals(waiting.id);
  await there.manager.decide({ id: waiting.id, call: approval?.call }, { decision: 'approve' });
  expect(await waiting.result()).toMatchObject({ status: 'Completed' });
  expect(readLedger(there.rig.workspace)).toEqual(['asked']);
});

test('a task that has written says that no worker polls the queue of its host, and since when', async () => {
  const { here, there } = hosts;
  const queue = `no worker polls queue ${here.name} since `;
  const status = await until(
    async () => {
      const found = await there.manager.status(written.id);
      return found.detail.reason?.startsWith(queue) ? found : undefined;
    },
    { what: 'the status has the reason' },
  );
  expect(status?.detail.phase).toBe('stalled');
  const told = await until(
    async () => ((await written.handle.describe()).memo as { rookery?: { phase: string; reason: string } }).rookery,
    { what: 'the memo has it too' },
  );
  expect(told).toMatchObject({ phase: 'stalled', reason: expect.stringContaining(queue) });
});

test('a call whose worker died is told by its silence, long before its heartbeat timeout', async () => {
  const { there } = hosts;
  const reason = async () => (await there.manager.status(calling.id)).detail.reason;
  await until(async () => (await reason())?.startsWith('its worker has sent no heartbeat since '), {
    what: 'it is told',
  });
});

test('a message without a valid signature moves nothing', async () => {
  const { there } = hosts;
  await there.rig.plain.workflow.getHandle(written.id).signal(SIGNALS.move, { id: 'forged', host: there.name });
  await until(async () => (await written.status()).move?.state === 'refused', { what: 'it is refused' });
  expect(await written.status()).toMatchObject({ host: hosts.here.name, phase: 'stalled' });
});

test('a person moves it: it continues, with whole files, and a call that may still run is unknown', async () => {
  const { there } = hosts;
  const moved = `moved to ${there.name}`;
  expect(await there.manager.move(written.id, { to: 'here' })).toMatchObject({ ok: true, message: moved });
  expect(await there.manager.move(calling.id, { to: there.name })).toMatchObject({ ok: true, message: moved });
  for (const task of [written, calling]) {
    expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Done.' });
    expect(await there.manager.getTask(task.id)).toMatchObject({ status: 'Completed', result: 'Done.' });
    expect(await there.manager.verifyMirror([task.id])).toMatchObject([{ ok: true }]);
  }
  const results = (await calling.transcript()).filter(({ role }) => role === 'tool');
  expect(results).toMatchObject([{ outcome: 'unknown', content: expect.stringContaining('moved') }]);
});

test('the old host comes back, and neither runs anything of the moved tasks nor writes their files', async () => {
  const { here } = hosts;
  const tasks = [written, calling, reading];
  const claims = () =>
    tasks.map(({ id }) =>
      readdirSync(join(here.rig.paths.claims), { recursive: true }).filter((name) => String(name).startsWith(id)),
    );
  const before = { claims: claims(), ledger: readLedger(here.rig.workspace) };
  await here.start();
  const next = await here.rig.start(inOrder({ content: 'Done.' }), { host: here.name });
  await next.result();
  // Its worker repairs the files of tasks that have ended, one after the other; it restores no older state.
  for (const { id } of tasks)
    await until(async () => (await here.manager.getTask(id)).status === 'Completed', { what: 'it looks at its files' });
  expect({ claims: claims(), ledger: readLedger(here.rig.workspace) }).toEqual(before);
  expect(calling.requests()).toHaveLength(2);
});

test('a message that no worker can read yet is kept: the task moves when a worker of that host starts', async () => {
  const { here, there } = hosts;
  const task = await here.rig.start(
    inOrder({ calls: [{ id: 'w', ...ledgerCall('kept') }] }, { hang: true }, { content: 'Done.' }),
    {
      ...{ host: here.name, allow: ['shell'] },
    },
  );
  await until(() => task.requests().length === 2, { what: 'it has written and thinks' });
  await Promise.all([here.kill(), there.kill()]);
  await task.handle.signal(SIGNALS.move, { id: 'kept', host: there.name });
  await there.start();
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Done.' });
  expect(await task.status()).toMatchObject({ host: there.name, move: { state: 'moved' } });
});
