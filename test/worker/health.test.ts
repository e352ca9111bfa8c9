/** The health endpoint: alive while the process answers, ready only while the worker can take work. */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NativeConnection } from '@temporalio/worker';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { pathsOf } from '../../src/mirror/paths.js';
import { choosePorts } from '../../src/server/ports.js';
import { type Health, type ServingWorker, startHealth } from '../../src/worker/health.js';
import { startBareServer } from '../support/bare-server.js';
import { until } from '../support/until.js';

let workdir: string;
let at: string;
let health: Health;
let connection: NativeConnection | undefined;
beforeEach(async () => {
  workdir = await mkdtemp(join(tmpdir(), 'rookery-health-'));
  await mkdir(pathsOf(workdir).side);
  at = `127.0.0.1:${(await choosePorts([])).frontend}`;
  health = await startHealth(at, workdir);
});
afterEach(async () => {
  health.close();
  await connection?.close();
  connection = undefined;
  await rm(workdir, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: { readonly live?: boolean; readonly ready?: boolean; readonly problems?: string[] };
}

async function ask(path: string, method = 'GET'): Promise<Answer> {
  const response = await fetch(`http://${at}${path}`, { method });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

/** Answers are remembered for a moment. */
const readySays = (pattern: RegExp) =>
  until(async () => pattern.test(JSON.stringify(await ask('/ready'))), { what: `/ready says ${pattern}` });

async function serve(address: string, state: () => ReturnType<ServingWorker['getState']>): Promise<void> {
  connection = await NativeConnection.connect({ address });
  health.serves({ getState: state, connection });
}

test('before the worker is there, the process lives and is not ready', async () => {
  expect(await ask('/live')).toEqual({ status: 200, body: { live: true } });
  expect(await ask('/ready')).toEqual({ status: 503, body: { ready: false, problems: ['the worker is starting'] } });
});

test('a worker that polls is ready; one that drains is not, and lives', async () => {
  let state: ReturnType<ServingWorker['getState']> = 'RUNNING';
  await serve(inject('temporal').address, () => state);
  await readySays(/"status":200.*"ready":true/);
  state = 'DRAINING';
  await readySays(/503.*does not poll: it is DRAINING/);
  expect((await ask('/live')).status).toBe(200);
});

test('a server that does not answer makes it not ready, until it answers again', async () => {
  const server = await startBareServer({});
  await serve(server.address, () => 'RUNNING');
  await readySays(/"status":200/);
  await server.stop();
  await readySays(/503.*the Temporal server does not answer/);
});

test.skipIf(process.geteuid?.() === 0)('a work directory that cannot be written makes it not ready', async () => {
  await serve(inject('temporal').address, () => 'RUNNING');
  await chmod(pathsOf(workdir).side, 0o500);
  await readySays(/503.*the work directory cannot be written: EACCES/);
  await chmod(pathsOf(workdir).side, 0o700);
  await readySays(/"status":200/);
});

test('a work directory that is gone makes it not ready', async () => {
  await serve(inject('temporal').address, () => 'RUNNING');
  await rm(workdir, { recursive: true });
  await readySays(/503.*the work directory cannot be written: ENOENT/);
});

test('other paths and methods are refused', async () => {
  expect((await ask('/')).status).toBe(404);
  expect((await ask('/ready?x=1')).status).toBe(404);
  expect((await ask('/live', 'POST')).status).toBe(405);
  expect(await ask('/live', 'HEAD')).toEqual({ status: 200, body: {} });
});

test('a port that is taken is named with what to do', async () => {
  await expect(startHealth(at, workdir)).rejects.toMatchObject({
    code: 'environment',
    message: expect.stringContaining(`--health cannot listen on ${at}: listen EADDRINUSE`),
    hint: 'Give another port or address',
  });
});
