/** A test process that is killed leaves no server behind: what it started detached ends after it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../support/until.js';

/** Starts a detached process for its directory, says its id, and stays until it is killed. */
const STARTS = `
import { spawn } from 'node:child_process';
import { createJiti } from 'jiti';
const { killAfterDeath } = await createJiti(process.cwd() + '/').import('./test/support/after-death.ts');
killAfterDeath(process.env.PLACE);
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', process.env.PLACE + '/db'], { detached: true, stdio: 'ignore' });
console.log(child.pid);
setInterval(() => {}, 1000);`;

test('a detached process ends when the test process that started it is killed, and not before', async () => {
  const place = await mkdtemp(join(tmpdir(), 'rookery-after-death-'));
  const starter = spawn(process.execPath, ['--input-type=module', '-e', STARTS], {
    env: { ...process.env, PLACE: place },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(starter.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(runs(pid)).toBe(true);
  starter.kill('SIGKILL');
  await until(() => !runs(pid), { what: 'the detached process has ended' });
  await rm(place, { recursive: true });
});

// ---

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
