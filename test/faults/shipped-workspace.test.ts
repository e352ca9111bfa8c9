/** A host is lost with the git workspace of a task: the task continues on another host, with the work that was shipped. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSigner, loadKey } from '../../src/signing/signature.js';
import { BundleStore } from '../../src/worker/bundle-store.js';
import { inOrder } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { startTwoHosts, type TwoHosts } from '../support/two-hosts.js';
import { until } from '../support/until.js';

let bundles: string;
let hosts: TwoHosts;
beforeAll(async () => {
  bundles = mkdtempSync(join(tmpdir(), 'rookery-bundles-'));
  hosts = await startTwoHosts({ shipWorkspace: { directory: bundles } });
});
afterAll(async () => {
  await hosts.stop();
  rmSync(bundles, { recursive: true });
});

test('it moves by a person’s word, sees what it had written, and its bundle goes when it has ended', async () => {
  const { here, there } = hosts;
  const { workspace } = here.rig;
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=p', '-c', 'user.email=p@example.com', ...args], { cwd: workspace });
  git('init', '-q');
  writeFileSync(join(workspace, 'page.txt'), 'committed\n');
  git('add', '-A');
  git('commit', '-qm', 'first');
  await here.start();
  const call = (line: string) => ({ calls: [{ id: line, ...ledgerCall(line) }] });
  const task = await here.rig.start(inOrder(call('before'), { hang: true }, call('after'), { content: 'Done.' }), {
    ...{ host: here.name, allow: ['shell'] },
  });
  const signer = createSigner(await loadKey(here.rig.paths.signingKey), here.rig.namespace);
  const store = new BundleStore(bundles, signer);
  await until(() => task.requests().length === 2, { what: 'it has written and thinks' });
  await until(async () => ((await store.read(task.id))?.version ?? 0) >= 3, { what: 'its work is shipped' });
  await there.start();
  await here.kill();
  const moved = await there.manager.move(task.id, { to: there.name });
  expect(moved.message).toContain(`moved to ${there.name}; its workspace is that of iteration 1, shipped at `);
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(readLedger(there.rig.workspace)).toEqual(['before', 'after']);
  expect(readFileSync(join(there.rig.workspace, 'page.txt'), 'utf8')).toBe('committed\n');
  await until(() => readdirSync(bundles).every((name) => name.startsWith('base-')), { what: 'its bundle is removed' });
});
