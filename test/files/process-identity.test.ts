import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { isAlive, ownIdentity, processIdentity } from '../../src/files/process-identity.js';

describe('processIdentity', () => {
  test('names this process the same each time, and calls it alive', () => {
    expect(ownIdentity()).toEqual(processIdentity(process.pid));
    expect(isAlive(ownIdentity())).toBe(true);
  });

  test('there is none for a pid without a process', () => {
    expect(processIdentity(2 ** 22 + 1)).toBeUndefined();
  });

  test('a process that has ended is dead', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    const identity = processIdentity(child.pid ?? 0);
    if (!identity) throw new Error('the child is not there');
    expect(isAlive(identity)).toBe(true);
    child.kill('SIGKILL');
    await new Promise((done) => child.once('exit', done));
    expect(isAlive(identity)).toBe(false);
  });

  test.runIf(process.platform === 'linux')('another process with the same pid is not the same', () => {
    expect(isAlive({ ...ownIdentity(), started: 'an earlier boot/1' })).toBe(false);
  });
});
