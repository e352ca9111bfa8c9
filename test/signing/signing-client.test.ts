/** What a client gets that has the plugin: once, whatever interceptors it has, and from wherever the plugin comes. */
import { randomBytes } from 'node:crypto';
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { expect, test } from 'vitest';
import { createSigner } from '../../src/signing/signature.js';
import { withSigning } from '../../src/signing/signing-client.js';

const signer = createSigner(randomBytes(32), 'default');

test('the interceptors that a client has stay before ours', () => {
  const own: WorkflowClientInterceptor = {};
  const { interceptors } = withSigning({ interceptors: { workflow: [own], schedule: [{}] } }, signer);
  expect(interceptors?.workflow).toEqual([own, expect.objectContaining({ signalWithStart: expect.any(Function) })]);
  expect(interceptors?.schedule).toHaveLength(2);
});

test('those of the deprecated form too', () => {
  const own = () => ({});
  const { interceptors } = withSigning({ interceptors: { workflow: { calls: [own] } } }, signer);
  expect(interceptors?.workflow).toEqual({ calls: [own, expect.any(Function)] });
});

test.each([[{}], [{ interceptors: { workflow: { calls: [] } } }]])('a second time changes nothing: %j', (options) => {
  const once = withSigning(options, signer);
  expect(withSigning(once, signer)).toBe(once);
});

test('the connection is still one, and the client of another client is made from it', async () => {
  const connection = Connection.lazy({ address: '127.0.0.1:1' });
  const client = new Client(withSigning({ connection }, signer));
  expect(client.connection).toBeInstanceOf(Connection);
  expect((client.connection as Connection).options).toBe(connection.options);
  expect(client.connection.workflowService.updateSchedule).not.toBe(connection.workflowService.updateSchedule);
  expect(new Client(withSigning({ connection: client.connection }, signer)).connection).toBeInstanceOf(Connection);
  await client.connection.close();
});
