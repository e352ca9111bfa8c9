/** A task asks its person something: it waits durably, the answer of that person alone counts, and the model reads it. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Approval, ApprovalsAnswer, Decision } from '../../src/domain/messages.js';
import { QUERIES, SIGNALS, type TaskInput } from '../../src/domain/protocol.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { signDecision } from '../../src/signing/decisions.js';
import { createSigner, loadKey, type Signer } from '../../src/signing/signature.js';
import { inOrder } from '../support/book.js';
import { eventsOf } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { spawnWorker } from '../support/worker-process.js';

let rig: Rig;
let manager: BackgroundTaskManager;
let signer: Signer;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
  signer = createSigner(await loadKey(rig.paths.signingKey), rig.namespace);
});
afterAll(() => rig.stop());

const question = { question: 'Which database?', choices: ['staging', 'production'] };
const asks = (args: unknown = question) =>
  inOrder({ calls: [{ id: 'a', name: 'ask_user', args }] }, { content: 'Done.' });
const askedOf = async (task: Task): Promise<readonly Approval[]> =>
  (await task.handle.query<ApprovalsAnswer>(QUERIES.approvals)).approvals;

async function asking(input: Partial<TaskInput> = {}, on = rig): Promise<{ task: Task; waiting: Approval }> {
  const task = await on.start(asks(), input);
  await until(async () => (await askedOf(task)).length === 1, { what: 'it asks' });
  return { task, waiting: (await askedOf(task))[0] as Approval };
}

const lastWord = (task: Task): string => String(task.requests().at(-1)?.messages.at(-1)?.content);

test('waits with the question and holds no worker slot; the model reads the answer as the words of the person', async () => {
  const { task, waiting } = await asking();
  expect(waiting).toMatchObject({ kind: 'question', tool: 'ask_user', args: question, reason: 'Which database?' });
  expect(await task.status()).toMatchObject({ phase: 'waiting_question' });
  expect((await task.handle.describe()).raw.pendingActivities ?? []).toEqual([]);
  const { detail } = await manager.status(task.id);
  expect(detail).toMatchObject({ phase: 'waiting_question' });
  expect(detail.waiting).toMatchObject([{ kind: 'question', id: waiting.call, text: 'Which database?' }]);
  const { approvals, questions } = await manager.needs(task.id);
  expect(approvals).toEqual([]);
  expect(questions).toMatchObject([{ task: task.id, text: 'Which database?', choices: ['staging', 'production'] }]);
  expect(await manager.answer({ id: task.id }, 'the staging one')).toMatchObject({ ok: true, call: waiting.call });
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(lastWord(task)).toBe("[the person's answer]\nthe staging one");
});

test('what the person leaves unanswered is told to the model, by their word or when its time is over', async () => {
  const { task, waiting } = await asking();
  await manager.decide({ id: task.id, call: waiting.call }, { decision: 'deny', reason: 'look it up' });
  await task.result();
  expect(lastWord(task)).toBe('Refused: The person does not answer this question. Reason: look it up');
  const late = await rig.start(asks(), { approval_timeout_ms: 1_000 });
  await late.result();
  expect(lastWord(late)).toContain('The time for an answer to this question is over');
});

describe('does not count:', () => {
  const forge: Record<string, (good: Decision, theirs: Decision) => unknown> = {
    'an answer without a signature': ({ signature: _, ...rest }) => rest,
    'an answer with other words': (good) => ({ ...good, text: 'production' }),
    'the answer of another task': (_, theirs) => theirs,
    'an approval': (good) => ({ ...good, decision: 'approve' }),
    'more than 64 KiB': (good) => ({ ...good, text: 'ä'.repeat(33_000) }),
  };

  test.each(Object.entries(forge))('%s', async (_, make) => {
    const { task, waiting } = await asking();
    const other = await asking();
    const good = signDecision(signer, task.id, waiting, { decision: 'answer', text: 'staging' });
    const theirs = signDecision(signer, other.task.id, other.waiting, { decision: 'answer', text: 'production' });
    await rig.plain.workflow.getHandle(task.id).signal(SIGNALS.decide, make(good, theirs));
    await task.handle.signal(SIGNALS.decide, good);
    await task.result();
    expect(lastWord(task)).toBe("[the person's answer]\nstaging");
    await other.task.handle.terminate();
  });

  test('a signed approval of a question, and a signed answer to a call that needs approval', async () => {
    const { task, waiting } = await asking();
    await task.handle.signal(SIGNALS.decide, signDecision(signer, task.id, waiting, { decision: 'approve' }));
    await until(async () => (await askedOf(task))[0]?.refused === 'This call asks a question: it needs an answer.', {
      what: 'the approval was refused',
    });
    await manager.answer({ id: task.id }, 'staging');
    await task.result();
    const { name, args } = ledgerCall('never');
    const shell = await rig.start(inOrder({ calls: [{ id: 'a', name, args }] }, { content: 'Done.' }));
    await until(async () => (await askedOf(shell)).length === 1, { what: 'it waits' });
    const [call] = await askedOf(shell);
    const answer = signDecision(signer, shell.id, call as Approval, { decision: 'answer', text: 'yes' });
    await shell.handle.signal(SIGNALS.decide, answer);
    await until(async () => (await askedOf(shell))[0]?.refused?.startsWith('It is an answer') === true, {
      what: 'the answer was refused',
    });
    await manager.decide({ id: shell.id }, { decision: 'deny' });
    await shell.result();
    expect(readLedger(rig.workspace)).toEqual([]);
  });
});

test('a task without questions has no such tool, and a call of it is refused', async () => {
  const task = await rig.start(asks(), { questions: false });
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(JSON.stringify(task.requests()[0]?.tools)).not.toContain('ask_user');
  expect(lastWord(task)).toContain('takes no questions');
  const usual = await asking();
  expect(JSON.stringify(usual.task.requests()[0]?.tools)).toContain('ask_user');
  await usual.task.handle.terminate();
});

test('without a time limit no timer runs, and `until` is empty', async () => {
  const { task } = await asking({ approval_timeout_ms: null });
  expect((await manager.status(task.id)).detail.waiting).toMatchObject([{ kind: 'question', until: null }]);
  const timers = (await eventsOf(rig.client, task.id)).filter((event) => event.timerStartedEventAttributes);
  expect(timers).toEqual([]);
  await manager.answer({ id: task.id }, 'staging');
  await task.result();
});

test('an answer that comes while the worker is dead counts when there is one again', async () => {
  const own = await startRig({ worker: false });
  const { address, namespace, workspace, paths } = own;
  const first = await spawnWorker({ address, namespace, workspace, workdir: paths.workdir });
  const { task, waiting } = await asking({}, own);
  await first.kill();
  const key = createSigner(await loadKey(own.paths.signingKey), own.namespace);
  await task.handle.signal(SIGNALS.decide, signDecision(key, task.id, waiting, { decision: 'answer', text: 'both' }));
  await own.startWorker();
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(lastWord(task)).toBe("[the person's answer]\nboth");
  expect(existsSync(own.paths.task(task.id))).toBe(true);
  await own.stop();
});
