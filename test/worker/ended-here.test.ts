/** What the identity of a worker says of its end. */
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { hasEndedHere } from '../../src/files/running-notes.js';
import { workerIdentity } from '../../src/worker/worker-identity.js';

const { pid: gone } = spawnSync(process.execPath, ['--version']);

test.each([
  ['this process', workerIdentity(), false],
  ['a process of this host that is not there', `rookery:${gone}@${hostname()}.0a1b2c`, true],
  ['a process of another host', `rookery:${gone}@${hostname()}-2.0a1b2c`, false],
  ["a user's own identity", `${gone}@${hostname()}`, false],
])('%s', (_, identity, ended) => {
  expect(hasEndedHere(identity)).toBe(ended);
});
