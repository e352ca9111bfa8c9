/** A worker without a key that is in use: the task waits, and continues when the key file has the key. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { afterAll, expect, test } from 'vitest';
import { addEncryptionKey, createEncryptionCodec } from '../../src/codec/index.js';
import { TASK_QUEUE, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { inOrder } from '../support/book.js';
import { eventsOf } from '../support/history.js';
import { startRig } from '../support/rig.js';
import { until } from '../support/until.js';

const directory = mkdtempSync(join(tmpdir(), 'rookery-codec-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('the workflow task is tried again until the key is there', async () => {
  const [ofWorker, ofClient] = ['worker.keys', 'client.keys'].map((name) => join(directory, name)) as [string, string];
  await addEncryptionKey(ofWorker);
  copyFileSync(ofWorker, ofClient);
  await addEncryptionKey(ofClient);
  const [worker, client] = [ofWorker, ofClient].map((keyFile) => ({
    payloadCodecs: [createEncryptionCodec({ keyFile })],
  }));
  const rig = await startRig({ given: { dataConverter: worker ?? {} } });
  try {
    const { connection, namespace, plugin, book } = rig;
    const ahead = new Client({ connection, namespace, plugins: [plugin], dataConverter: client ?? {} });
    const model = book.add(inOrder({ content: 'Done.' }));
    const chosen = { provider: 'litellm', model, endpoint: book.url, endpoint_origin: 'user' };
    const start = { args: [{ prompt: 'x', ...chosen }], workflowId: 'ahead', taskQueue: TASK_QUEUE };
    const handle = await ahead.workflow.start(WORKFLOW_TYPE, start);
    const failed = async (): Promise<boolean> =>
      (await eventsOf(ahead, 'ahead')).some(({ workflowTaskFailedEventAttributes: event }) => event);
    await until(failed, { what: 'a workflow task fails' });
    copyFileSync(ofClient, ofWorker);
    expect(await handle.result()).toMatchObject({ status: 'Completed' });
  } finally {
    await rig.stop();
  }
});
