/** A policy that changes while calls wait: what it now lets run, runs; what it now refuses, is refused; the rest waits on. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApprovalsAnswer } from '../../src/domain/messages.js';
import { QUERIES } from '../../src/domain/protocol.js';
import { rememberRule } from '../../src/policy/remembered.js';
import { originate } from '../../src/policy/rule.js';
import { verbatim } from '../../src/policy/shell/command-pattern.js';
import { inOrder } from '../support/book.js';
import { eventsOf, scheduledBy } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

/** A task whose calls of one reply all need approval. */
async function waiting(marks: readonly string[], on = rig): Promise<Task> {
  const calls = marks.map((mark, n) => ({ id: `call_${n}`, ...ledgerCall(mark) }));
  const task = await on.start(inOrder({ calls }, { content: 'Done.' }));
  await until(async () => (await shown(task)).length === marks.length, { what: 'it waits' });
  return task;
}

const shown = async (task: Task) => (await task.handle.query<ApprovalsAnswer>(QUERIES.approvals)).approvals;
const commandOf = (mark: string): string => (ledgerCall(mark).args as { command: string }).command;
const runs = (mark: string) =>
  ({ do: 'run', tool: 'shell', command: verbatim(commandOf(mark)), reason: 'test' }) as const;

test('a rule that is remembered lets every waiting call run that it covers, also of other tasks, and no other', async () => {
  const tasks = await Promise.all([waiting(['covered']), waiting(['covered'])]);
  const other = await waiting(['uncovered']);
  const [before] = await shown(other);
  await rememberRule(rig.paths.policy, runs('covered'));
  for (const task of tasks) expect(await task.result()).toMatchObject({ status: 'Completed' });
  await until(async () => (await scheduledBy(rig.client, other.id)).some(({ activity }) => activity === 'runTool'), {
    what: 'the other call was judged',
  });
  const [still] = await shown(other);
  expect(still).toMatchObject({ call: before?.call, expires: before?.expires, refused: null });
  await until(async () => (await other.status()).phase === 'waiting_approval', { what: 'it waits on' });
  expect(readLedger(rig.workspace)).toEqual(['covered', 'covered']);
  await other.handle.terminate();
});

test('calls of one reply keep their order: the second waits for the first, whatever the rule says of it', async () => {
  const task = await waiting(['first-of-two', 'second-of-two']);
  await rememberRule(rig.paths.policy, runs('second-of-two'));
  const isSignal = (event: { workflowExecutionSignaledEventAttributes?: unknown }) =>
    Boolean(event.workflowExecutionSignaledEventAttributes);
  await until(async () => (await eventsOf(rig.client, task.id)).filter(isSignal).length >= 2, {
    what: 'both are judged',
  });
  await rememberRule(rig.paths.policy, runs('first-of-two'));
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(readLedger(rig.workspace).filter((mark) => mark.endsWith('of-two'))).toEqual([
    'first-of-two',
    'second-of-two',
  ]);
});

test('a worker that starts with looser settings releases what waited under the stricter ones', async () => {
  const strict = await startRig({ worker: false });
  const first = await strict.startWorker();
  const task = await waiting(['at-start'], strict);
  await first.stop();
  const loose = await startRig({
    ...{ address: strict.address, namespace: strict.namespace, book: strict.book },
    plugin: {
      ...{ workdir: strict.paths.workdir, workspace: strict.workspace },
      policy: originate([{ do: 'run', tool: 'shell', reason: 'test' }], 'user file'),
    },
  });
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(readLedger(strict.workspace)).toEqual(['at-start']);
  await loose.stop();
  await strict.stop();
});
