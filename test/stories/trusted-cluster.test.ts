/** On a cluster that lets in only who may, an unsigned start has the authority of a signed one; its messages still need a signature. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QUERIES, SIGNALS, TASK_QUEUE, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ plugin: { unsigned: 'trust' } });
});
afterAll(() => rig.stop());

async function start(mark: string, allow: string[]) {
  const wanted = ledgerCall(mark);
  const model = rig.book.add(
    inOrder({ calls: [{ id: 'a', name: wanted.name, args: wanted.args }] }, { content: 'Done.' }),
  );
  const input = {
    prompt: 'Do it.',
    provider: 'litellm',
    model,
    endpoint: rig.book.url,
    endpoint_origin: 'user',
    allow,
  };
  const id = randomUUID();
  await rig.plain.workflow.start(WORKFLOW_TYPE, { args: [input], taskQueue: TASK_QUEUE, workflowId: id });
  return rig.task(id, model);
}

test('it may run what it names', async () => {
  const task = await start('trusted', ['shell']);
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(readLedger(rig.workspace)).toContain('trusted');
});

test('an approval without a signature is refused all the same', async () => {
  const task = await start('not-approved', []);
  await until(async () => (await task.status()).phase === 'waiting_approval', { what: 'it waits' });
  const answer = () =>
    task.handle.query<{ approvals: { call: string; chain: string; expires: number; refused: string | null }[] }>(
      QUERIES.approvals,
    );
  const [{ call = '', chain = '', expires = 0 } = {}] = (await answer()).approvals;
  const decision = { id: 'x', call, chain, expires, decision: 'approve', args: 'a'.repeat(64) };
  await rig.plain.workflow.getHandle(task.id).signal(SIGNALS.decide, decision);
  await until(async () => (await answer()).approvals[0]?.refused !== null, { what: 'it is refused' });
  expect(readLedger(rig.workspace)).not.toContain('not-approved');
  await task.handle.terminate();
});
