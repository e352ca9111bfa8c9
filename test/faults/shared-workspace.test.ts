/** Hosts with the same workspace: a task that has changed files continues on another one, but for an open unsafe call. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { startTwoHosts, type TwoHosts } from '../support/two-hosts.js';
import { until } from '../support/until.js';

let hosts: TwoHosts;
beforeAll(async () => {
  hosts = await startTwoHosts({ sharedWorkspace: true }, { workspaceOf: ({ workspace }) => workspace });
  await hosts.here.start();
});
afterAll(() => hosts.stop());

test('a task that has written continues by itself where its host is lost, and runs no call twice', async () => {
  const { here, there } = hosts;
  const call = (line: string) => ({ calls: [{ id: line, ...ledgerCall(line) }] });
  const own = { host: here.name, allow: ['shell'] };
  const task = await here.rig.start(inOrder(call('one'), { hang: true }, call('two'), { content: 'Done.' }), own);
  const open = await here.rig.start(
    inOrder({ calls: [{ id: 'o', ...ledgerCall('open', 'sleep 600') }] }, { content: 'Done.' }),
    own,
  );
  await until(() => task.requests().length === 2, { what: 'it has written and thinks' });
  await until(() => readLedger(here.rig.workspace).includes('open'), { what: 'the other one runs a call' });
  await there.start();
  await here.kill();
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 3 });
  expect((await task.status()).host).toBe(there.name);
  expect(readLedger(here.rig.workspace).sort()).toEqual(['one', 'open', 'two']);
  expect((await open.status()).host).toBe(here.name);
});
