/**
 * Records the histories that `replay.test.ts` replays: `RECORD=1 npx vitest run`. Only after a change of the workflow that
 * may break running tasks on purpose: otherwise the old ones must stay, and replay.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterEach, beforeEach, test } from 'vitest';
import { signDecision } from '../../src/signing/decisions.js';
import { QUERIES, SIGNALS } from '../../src/domain/protocol.js';
import type { ApprovalsAnswer } from '../../src/domain/messages.js';
import { createSigner, loadKey } from '../../src/signing/signature.js';
import { startBareServer } from '../support/bare-server.js';
import { inOrder } from '../support/book.js';
import { runsOf } from '../support/history.js';
import { ledgerCall } from '../support/ledger.js';
import { scriptedAgent } from '../support/llm-server.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { bundleOf } from '../support/user-bundle.js';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

const list = { id: 'a', name: 'list_files', args: {} };

test('plain', async () => {
  const task = await rig.start(inOrder({ calls: [list] }, { calls: [list] }, { content: 'Done.' }));
  await task.result();
  await keep(task, 'plain');
});

test('tools', async () => {
  const calls = [{ id: 'b', ...ledgerCall('one') }, list, { id: 'c', ...ledgerCall('two') }, { id: 'd', name: 'no', args: {} }];
  const task = await rig.start(inOrder({ calls }, { content: 'Done.' }), { allow: ['shell'] });
  await task.result();
  await keep(task, 'tools');
});

test('limit', async () => {
  const task = await rig.start(inOrder({ calls: [list] }), { limits: { max_iterations: 2 } });
  await task.failure();
  await keep(task, 'limit');
});

test('refused', async () => {
  await rig.plain.workflow.start('backgroundTask', { args: [{ prompt: 'x' }], taskQueue: 'rookery', workflowId: 'refused' });
  const task = rig.task('refused');
  await task.failure();
  await keep(task, 'refused');
});

test('cancel', async () => {
  const task = await rig.start(inOrder({ calls: [list] }, { hang: true }));
  await until(() => task.requests().length === 2, { what: 'the model hangs' });
  await task.handle.cancel();
  await task.failure();
  await keep(task, 'cancel');
});

test('waiting and resume', async () => {
  const task = await rig.start(inOrder({ calls: [list] }, { status: 401 }, { content: 'Done.' }));
  await until(async () => (await task.status()).phase === 'waiting_person', { what: 'the task waits' });
  await rig.plain.workflow.getHandle(task.id).signal(SIGNALS.resume, { id: 'unsigned' });
  await until(async () => (await task.status()).reason?.endsWith('refused)'), { what: 'it is refused' });
  await task.handle.signal(SIGNALS.resume);
  await task.result();
  await keep(task, 'resume');
});

test('approvals', async () => {
  const calls = [{ id: 'b', ...ledgerCall('one') }, { id: 'c', ...ledgerCall('two') }];
  const task = await rig.start(inOrder({ calls }, { content: 'Done.' }));
  const waiting = async () => (await task.handle.query<ApprovalsAnswer>(QUERIES.approvals)).approvals;
  await until(async () => (await waiting()).length === 2, { what: 'both wait' });
  const [first, second] = await waiting();
  if (!first || !second) throw new Error('two calls wait');
  const signer = createSigner(await loadKey(rig.paths.signingKey), rig.namespace);
  const { signature: _, ...forged } = signDecision(signer, task.id, first, { decision: 'approve' });
  await rig.plain.workflow.getHandle(task.id).signal(SIGNALS.decide, forged);
  await until(async () => (await waiting())[0]?.refused !== null, { what: 'it is refused' });
  await task.handle.signal(SIGNALS.decide, signDecision(signer, task.id, first, { decision: 'approve' }));
  await until(async () => (await waiting()).length === 1, { what: 'one is left' });
  await task.handle.signal(SIGNALS.decide, signDecision(signer, task.id, second, { decision: 'deny', reason: 'no' }));
  await task.result();
  await keep(task, 'approvals');
});

test('questions', async () => {
  const asks = (id: string) => ({ id, name: 'ask_user', args: { question: `Which ${id}?` } });
  const script = inOrder({ calls: [asks('a'), asks('b'), { id: 'c', ...ledgerCall('one') }] }, { content: 'Done.' });
  const task = await rig.start(script, { approval_timeout_ms: null });
  const waiting = async () => (await task.handle.query<ApprovalsAnswer>(QUERIES.approvals)).approvals;
  await until(async () => (await waiting()).length === 3, { what: 'all wait' });
  const [first, second, call] = await waiting();
  if (!first || !second || !call) throw new Error('three calls wait');
  const signer = createSigner(await loadKey(rig.paths.signingKey), rig.namespace);
  const send = async (to: typeof first, decision: Parameters<typeof signDecision>[3]) =>
    task.handle.signal(SIGNALS.decide, signDecision(signer, task.id, to, decision));
  await send(first, { decision: 'approve' });
  await until(async () => (await waiting())[0]?.refused !== null, { what: 'a question is not approved' });
  await send(first, { decision: 'answer', text: 'this one' });
  await send(call, { decision: 'judge' });
  await until(async () => (await waiting()).length === 2, { what: 'it has its answer' });
  await send(second, { decision: 'deny' });
  await send(call, { decision: 'approve' });
  await task.result();
  await keep(task, 'questions');
});

test('control by a person', async () => {
  const script = inOrder(
    { calls: [list], delayMs: 1_000 },
    { calls: [{ id: 'b', ...ledgerCall('begun', 'sleep 300') }] },
    { calls: [list] },
    { content: 'First.' },
    { content: 'Second.' },
  );
  const task = await rig.start(script, { allow: ['shell'], limits: { max_iterations: 3 }, on_limit: 'ask' });
  const isAt = (phase: string) => async () => (await task.status()).phase === phase;
  await until(() => task.requests().length === 1, { what: 'the model is asked' });
  await task.handle.signal(SIGNALS.pause, { reason: 'lunch' });
  await until(isAt('paused'), { what: 'it is paused' });
  await rig.plain.workflow.getHandle(task.id).signal(SIGNALS.unpause, { id: 'unsigned' });
  await task.handle.signal(SIGNALS.message, { id: 'm1', text: 'Steer.' });
  await task.handle.signal(SIGNALS.message, { id: 'm2', text: 'Queue.', mode: 'queue' });
  await task.handle.signal(SIGNALS.message, { id: 'm3', text: 'Never.', mode: 'queue' });
  await task.handle.signal(SIGNALS.withdraw, { id: 'w', message: 'm3' });
  await task.handle.signal(SIGNALS.unpause);
  await until(isAt('tool'), { what: 'the command runs' });
  await task.handle.signal(SIGNALS.message, { id: 'm4', text: 'Stop.', mode: 'interrupt' });
  await until(isAt('waiting_limit'), { what: 'it waits at its limit' });
  await task.handle.signal(SIGNALS.raise, { id: 'r', limits: { max_iterations: 9 } });
  await task.result();
  await keep(task, 'control');
});

test('worker change', async () => {
  const agent = scriptedAgent({ iterations: 5, callFor: () => list, final: 'Done.' });
  const own = await startRig({ worker: false });
  const first = await own.startWorker();
  const task = await own.start((request) => ({ ...agent(request), delayMs: 300 }));
  await until(() => task.requests().length === 3, { what: 'half of it' });
  await first.stop();
  await own.startWorker();
  await task.result();
  await keep(task, 'worker-change', own);
  await own.stop();
});

/** A second host for the tasks of the first. */
async function secondHost(first: Rig): Promise<Rig> {
  const { namespace, book, paths } = first;
  return startRig({ namespace, book, plugin: { signingKeyFile: paths.signingKey } });
}

test('a host is lost', async () => {
  const own = await startRig({ worker: false });
  const worker = await own.startWorker();
  const agent = scriptedAgent({ iterations: 5, callFor: () => list, final: 'Done.' });
  const task = await own.start((request) => ({ ...agent(request), delayMs: 300 }), { host: own.plugin.host });
  await until(() => task.requests().length === 3, { what: 'half of it' });
  const other = await secondHost(own);
  await worker.stop();
  await task.result();
  await keep(task, 'host-lost', own);
  await other.stop();
  await own.stop();
});

test('a task is moved', async () => {
  const own = await startRig({ worker: false });
  const worker = await own.startWorker();
  const script = inOrder({ calls: [{ id: 'b', ...ledgerCall('one') }] }, { calls: [list], delayMs: 1_000 }, { content: 'Done.' });
  const task = await own.start(script, { allow: ['shell'], host: own.plugin.host });
  await until(() => task.requests().length === 2, { what: 'it has written' });
  const other = await secondHost(own);
  await worker.stop();
  await until(async () => (await task.status()).phase === 'stalled', { what: 'it waits for its host' });
  await task.handle.signal(SIGNALS.move, { id: 'm', host: other.plugin.host });
  await task.result();
  await keep(task, 'host-moved', own);
  await other.stop();
  await own.stop();
});

test('continue as new', async () => {
  const server = await startBareServer({ 'limit.historyCount.suggestContinueAsNew': 30 });
  const own = await startRig({ address: server.address });
  const task = await own.start(scriptedAgent({ iterations: 8, callFor: () => list, final: 'Done.' }));
  await task.result();
  const [first, second] = await runsOf(own.client, task.id);
  await keep(task, 'continued-first', own, first);
  await keep(task, 'continued-second', own, second);
  await own.stop();
  await server.stop();
});

test('a notifier is told', async () => {
  const own = await startRig({ plugin: { notifier: { notify: () => undefined } } });
  const task = await own.start(inOrder({ status: 401 }, { content: 'Done.' }));
  await until(async () => (await task.status()).phase === 'waiting_person', { what: 'it waits' });
  await task.handle.signal(SIGNALS.resume);
  await task.result();
  await keep(task, 'notified', own);
  await own.stop();
});

test('agent of a workflow of a user', async () => {
  const own = await startRig({
    worker: false,
    plugin: { trustedParents: ['research'] },
    given: { activities: { note: async (text: string) => text } },
  });
  await own.startWorker({ bundle: await bundleOf('agents.ts', own.workspace) });
  const model = own.book.add(inOrder({ calls: [list, { id: 'b', ...ledgerCall('one') }] }, { content: 'Done.' }));
  const choice = { provider: 'litellm', model, endpoint: own.book.url, endpoint_origin: 'user' };
  const args = [{ prompt: 'Note it.', ...choice, allow: ['shell'] }];
  await own.plain.workflow.start('research', { args, taskQueue: 'rookery', workflowId: 'agent' });
  await own.task('agent').handle.result();
  await keep(own.task('agent'), 'agents/research', own);
  await own.stop();
});

// ---

async function keep(task: Task, name: string, from: Rig = rig, run?: string): Promise<void> {
  const history = await from.client.workflow.getHandle(task.id, run).fetchHistory();
  const clean = JSON.stringify(JSON.parse(historyToJSON(history)), scrub, 1);
  writeFileSync(resolve(`test/histories/${name}.json`), `${clean}\n`);
}

/** What tells of the machine that recorded it, and of nothing else. */
function scrub(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return '';
  return key === 'identity' ? 'worker' : value;
}
