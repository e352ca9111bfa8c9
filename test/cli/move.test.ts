/** `rookery move`: from a host that is lost to the one where it is typed, and what it refuses. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StatusObject } from '../../src/manager/status-object.js';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { until } from '../support/until.js';
import { expectStatus } from './schemas.js';
import { type Bench, openBenchBeside, openClusterBench, processesOf } from './support.js';

let here: Bench;
let there: Bench;
beforeAll(async () => {
  here = await openClusterBench();
  there = await openBenchBeside(here);
});
afterAll(async () => {
  await here.close();
  await there.close();
});

test.each([
  [[], 2, 'move needs a host. Give it with --to HOST|here.'],
  [['--to', 'here'], 2, 'move asks for a confirmation, and there is no terminal. Add --yes.'],
  [['--to', 'no host', '--yes'], 5, "Task '3f2a91c4' not found"],
])('move 3f2a91c4 %j ends with %i', async (options, code, message) => {
  const ran = await here.run(['move', '3f2a91c4', ...options]);
  expect(ran).toMatchObject({ code, stdout: '' });
  expect(ran.stderr).toContain(message);
});

test('a task whose host was killed says so, and continues here when a person types it', async () => {
  const call = { calls: [{ id: 'w', ...ledgerCall('once') }] };
  // Another host asks the model again; what the reply requests needs the host that is lost.
  const again = { calls: [{ id: 'x', ...ledgerCall('again') }] };
  const model = here.model(inOrder(call, { hang: true }, again, { content: 'Done.' }));
  const id = await here.submit([...model, '--allow', 'shell']);
  await until(() => here.requests(model) === 2, { what: 'it has written and thinks' });
  there.spawn(['worker']);
  await until(() => processesOf(there.paths.workdir).length > 0, { what: 'another host has a worker' });
  for (const pid of processesOf(here.paths.workdir)) process.kill(pid, 'SIGKILL');
  const stalled = async () => {
    const status = await there.json<StatusObject>(['status', id]);
    return status.detail.phase === 'stalled' && status.detail.reason?.startsWith('no worker polls')
      ? status
      : undefined;
  };
  const status = await until(stalled, { what: 'it says why it waits' });
  if (status) expectStatus(status);
  const wrong = await there.run(['move', id, '--to', 'no host', '--yes']);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  const moved = await there.run(['move', id, '--to', 'here', '--yes']);
  expect(moved, moved.stderr).toMatchObject({ code: 0 });
  expect(moved.stdout).toMatch(new RegExp(`^${id}  running: moved to rookery@[0-9a-f]{8}\n$`));
  expect(await there.run(['wait', id])).toMatchObject({ code: 0 });
  expect(there.file(id)).toMatchObject({ status: 'Completed', result: 'Done.' });
  // Whether the lost host had begun it is not known, so it is not run again.
  expect(readLedger(here.workspace)).toEqual(['once']);
});
