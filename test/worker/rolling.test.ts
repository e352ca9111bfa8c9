/**
 * Old and new workers on one queue without versions: a task that an older build cannot continue is not ended by it, and continues
 * with the next newer worker.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, inject, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { eventsOf } from '../support/history.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig | undefined;
afterEach(() => rig?.stop());

/** The bundle as it was before a change that is behind `patched`. */
function olderBundle(): string {
  const code = readFileSync(inject('bundle'), 'utf8');
  const older = code.replace(/writesMemo = \(0, ?[\w.]+\.patched\)\(["']memo["']\)/, 'writesMemo = false');
  if (older === code) throw new Error('the workflow has no such change any more');
  const path = join(mkdtempSync(join(tmpdir(), 'rookery-older-')), 'bundle.js');
  writeFileSync(path, older);
  return path;
}

const list = { calls: [{ id: 'a', name: 'list_files', args: {} }] };

test('an older worker fails the workflow task and not the task; a newer one completes it', async () => {
  rig = await startRig({ worker: false });
  const { client } = rig;
  const newer = await rig.startWorker();
  const task = await rig.start(inOrder({ status: 401 }, list, { content: 'Done.' }));
  await until(async () => (await task.status()).phase === 'waiting_person', { what: 'the task waits' });
  await newer.stop();
  const older = await rig.startWorker({ bundle: olderBundle() });
  const firstFailure = async () =>
    (await eventsOf(client, task.id)).find((event) => event.workflowTaskFailedEventAttributes)
      ?.workflowTaskFailedEventAttributes;
  const failure = await until(firstFailure, { what: 'the older worker cannot replay' });
  expect(failure?.failure?.message).toMatch(/[Nn]ondeterminism/);
  expect((await task.handle.describe()).status.name).toBe('RUNNING');
  await older.stop();
  await rig.startWorker();
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 2 });
});
