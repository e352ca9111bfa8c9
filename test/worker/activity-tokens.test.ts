/** Notes of running activities: those of a dead process are failed once, those of a living one never. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TASK_QUEUE } from '../../src/domain/protocol.js';
import { ownIdentity, pidNamespace, processIdentity } from '../../src/files/process-identity.js';
import type { Whose, WorkerIdentity } from '../../src/files/running-notes.js';
import { createRunning, failLost, noteWorkerIdentity } from '../../src/worker/activity-tokens.js';

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'rookery-tokens-')), 'running');
  mkdirSync(directory);
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

/** What was failed, in this order. */
async function failed(whose: Whose = 'visible', slowly = Promise.resolve()): Promise<string[]> {
  const found: string[] = [];
  const takeover = {
    async fail(token: Uint8Array) {
      await slowly;
      found.push(Buffer.from(token).toString());
    },
    async failAllOf({ identity, taskQueue }: WorkerIdentity) {
      found.push(taskQueue === TASK_QUEUE ? identity : `${identity} of ${taskQueue}`);
      return 1;
    },
  };
  expect(await failLost(directory, takeover, whose)).toBe(found.length);
  return found;
}

async function deadProcess(): Promise<{ pid: number; started: string }> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  const identity = processIdentity(child.pid ?? 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return identity ?? { pid: child.pid ?? 0, started: '' };
}

interface Left {
  readonly tokens?: readonly string[];
  readonly space?: string;
  readonly suffix?: string;
  /** Default: none, as an older version noted it. */
  readonly taskQueue?: string;
}

/** The notes that a process leaves behind when it is killed. */
async function left({
  tokens = ['one', 'two'],
  space = pidNamespace(),
  suffix = '',
  taskQueue,
}: Left = {}): Promise<void> {
  const owner = { ...(await deadProcess()), space };
  const lines = tokens.map((token) => ({ token: Buffer.from(token).toString('base64') }));
  const text = [owner, {}, ...lines].map((line) => JSON.stringify(line).padEnd(1_023)).join('\n');
  writeFileSync(join(directory, `${owner.pid}.0~tokens${suffix}`), text);
  writeFileSync(
    join(directory, `${owner.pid}~worker${suffix}`),
    JSON.stringify({ ...owner, identity: 'the dead one', taskQueue }),
  );
}

test('the activities of a dead process are failed, tokens first, and its notes are gone', async () => {
  await left();
  expect(await failed()).toEqual(['one', 'two', 'the dead one']);
  expect(readdirSync(directory)).toEqual([]);
});

test('a dead worker is known by the queue that it polled', async () => {
  await left({ tokens: [], taskQueue: 'my-app' });
  expect(await failed()).toEqual(['the dead one of my-app']);
});

test('those of a living process are left alone', async () => {
  const token = createRunning(directory).note(Buffer.from('mine'));
  const worker = noteWorkerIdentity(directory, { identity: `${process.pid}@${hostname()}`, taskQueue: TASK_QUEUE });
  expect([await failed('visible'), await failed('any')]).toEqual([[], []]);
  expect(readdirSync(directory)).toHaveLength(2);
  token.done();
  worker.done();
});

test('of two workers that see the same death, one acts', async () => {
  await left();
  const [first, second] = await Promise.all([failed(), failed()]);
  expect([...first, ...second].sort()).toEqual(['one', 'the dead one', 'two']);
});

test('while one of them acts, no other begins', async () => {
  await left();
  let go = (): void => undefined;
  const slow = failed(
    'visible',
    new Promise<void>((resolve) => {
      go = resolve;
    }),
  );
  await expect.poll(() => readdirSync(directory).some((name) => name.includes('~tokens~by.'))).toBe(true);
  // The identity note is still there for others, the tokens are not.
  expect(await failed()).toEqual(['the dead one']);
  go();
  expect(await slow).toEqual(['one', 'two']);
});

test('notes whose taker died too are taken again', async () => {
  const { pid } = await deadProcess();
  await left({ suffix: `~by.${pid}` });
  expect(await failed()).toEqual(['one', 'two', 'the dead one']);
});

test('a process of another container is only judged at the start of a worker', async () => {
  await left({ space: 'another/pid:[1]' });
  expect(await failed('visible')).toEqual([]);
  expect(await failed('any')).toEqual(['one', 'two', 'the dead one']);
});

test('notes that are being created belong to the process in their name', async () => {
  const path = join(directory, `${ownIdentity().pid}.7~tokens`);
  writeFileSync(path, '');
  expect([await failed('visible'), await failed('any')]).toEqual([[], []]);
  expect(existsSync(path)).toBe(true);
});
