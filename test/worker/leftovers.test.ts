/** What a worker that was killed has left outside of its work directory is removed when the next one starts. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processMark } from '../../src/files/process-mark.js';
import { makeTemporaryDirectory } from '../../src/files/temporary-directory.js';
import { noteDurably } from '../../src/files/temporary-notes.js';
import { inOrder } from '../support/book.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig({ worker: false });
});
afterEach(() => rig.stop());

/** As if a process that has ended had made it. */
function ofDead(path: string): string {
  const pid = execFileSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
  const name = path.slice(dirname(path).length + 1).replace(processMark(), (mark) => mark.replace(/^\d+/, pid));
  renameSync(path, join(dirname(path), name));
  return join(dirname(path), name);
}

test('stand-ins and half-written files in the workspace, and temporary directories', async () => {
  const [standIn, half] = [join(rig.workspace, '.vscode'), join(rig.workspace, '.a.txt.tmp')];
  mkdirSync(standIn, 0o1755);
  writeFileSync(half, 'hal');
  mkdirSync(rig.paths.temporary, { recursive: true });
  const { path } = await noteDurably(rig.paths.temporary, [
    { kind: 'directory', path: standIn },
    { kind: 'own', path: half },
  ]);
  const note = ofDead(path);
  const own = await makeTemporaryDirectory('proxy');
  const left = ofDead(await makeTemporaryDirectory('proxy'));
  expect(dirname(left)).toBe(realpathSync(tmpdir()));
  await rig.startWorker();
  await until(() => ![standIn, half, note, left].some((one) => existsSync(one)), { what: 'all is removed' });
  expect(existsSync(own)).toBe(true);
  execFileSync('rmdir', [own]);
  // It is stopped when it works, not while it starts.
  await (await rig.start(inOrder({ content: 'Done.' }))).result();
});
