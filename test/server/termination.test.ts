/** How a server's process is ended, whatever it thinks of it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { type ProcessIdentity, processIdentity } from '../../src/files/process-identity.js';
import { terminate } from '../../src/server/termination.js';

async function child(script: string): Promise<{ process: ChildProcess; identity: ProcessIdentity }> {
  const process = spawn('sh', ['-c', `${script}; echo ready; exec tail -f /dev/null`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void process.kill('SIGKILL'));
  await once(process.stdout ?? process, 'data');
  const identity = processIdentity(process.pid ?? 0);
  if (identity === undefined) throw new Error('the child did not start');
  return { process, identity };
}

test('one that listens is asked, and not killed', async () => {
  const { process, identity } = await child(':');
  const exited = once(process, 'exit');
  await terminate(identity);
  expect(await exited).toEqual([null, 'SIGTERM']);
});

test('one that ignores the asking is killed when the patience is over', async () => {
  const { process, identity } = await child("trap '' TERM");
  const exited = once(process, 'exit');
  await terminate(identity, 100);
  expect(await exited).toEqual([null, 'SIGKILL']);
});

test('one that is frozen does not survive it', async () => {
  const { process, identity } = await child(':');
  process.kill('SIGSTOP');
  await terminate(identity, 100);
  expect(processIdentity(identity.pid)).toBeUndefined();
});

test('another process that got the pid of a dead one is not ended', async () => {
  const { process, identity } = await child(':');
  await terminate({ ...identity, started: 'another boot/1' });
  expect(process.exitCode ?? process.signalCode).toBeNull();
});
