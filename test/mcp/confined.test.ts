/** What a stdio server gets of this host: a short environment, a place of its own, and no life after its worker. */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isAlive, processIdentity } from '../../src/files/process-identity.js';
import { SCALE } from '../support/random.js';
import { sandboxHere } from '../support/sandbox.js';
import { until } from '../support/until.js';
import { newWorkdir, rig, rough } from './support.js';

const { why } = await sandboxHere();
const ROUNDS = Math.max(2, Math.round(25 * SCALE));
const ENV = {
  PATH: process.env.PATH,
  LANG: 'C.UTF-8',
  GITHUB_TOKEN: 'ghp-canary',
  OPENAI_API_KEY: 'sk-canary',
  HOME: homedir(),
};

/** The server, where the sandbox lets it be seen. */
async function inWorkspace(name: string, ...words: string[]) {
  const workspace = await newWorkdir();
  await copyFile(resolve('test/mcp/rough.mjs'), join(workspace, 'rough.mjs'));
  return { name, command: 'node', args: [join(workspace, 'rough.mjs'), ...words], workspace };
}

test('without a sandbox it gets PATH, LANG, a home of its own and what it names, and that is announced', async () => {
  const { call, workdir, lines } = await rig([{ ...rough('one'), env: ['GITHUB_TOKEN', 'ABSENT'] }], { env: ENV });
  const env = JSON.parse((await call('one__env')).content);
  expect(env).toMatchObject({ GITHUB_TOKEN: 'ghp-canary', HOME: join(workdir, 'mcp', 'one'), LANG: 'C.UTF-8' });
  // What a shell sets by itself says nothing of this host.
  expect(
    Object.keys(env)
      .filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name))
      .sort(),
  ).toEqual(['GITHUB_TOKEN', 'HOME', 'LANG', 'PATH']);
  expect(lines).toEqual([
    'These MCP servers run without a sandbox, as the user of this worker: one',
    'The MCP server one needs ABSENT, which is not set',
  ]);
});

test('the end of the worker is the end of its servers, also of those that do not want to, with their children', async () => {
  const note = join(await newWorkdir(), 'pid');
  const { mcp } = await rig([rough('one', '--stubborn', '--child', `--note=${note}`)]);
  const server = processIdentity(Number(await readFile(note, 'utf8')));
  if (!server) throw new Error('it does not run');
  expect(isAlive(server)).toBe(true);
  await mcp.stop();
  expect(isAlive(server)).toBe(false);
  expect(
    await mcp
      .tools()[0]
      ?.run({}, { workspace: '/', task: 't', call: 'c', secrets: false, signal: new AbortController().signal }),
  ).toMatchObject({
    outcome: 'failed',
    content: 'The MCP server one was stopped with the worker. The call was not made.',
  });
});

test('the end of the worker does not wait for a server that is still greeting', async () => {
  const { mcp } = await rig([rough('one', '--deaf', '--stubborn')], {
    deadlines: { startMs: 300, initializeMs: 600_000 },
  });
  await mcp.stop();
  expect(mcp.tools()).toEqual([]);
});

/** Kills a worker that holds a stubborn server, and waits for the server's end. */
async function killWorker(how: 'sandbox' | 'free'): Promise<void> {
  const server = await inWorkspace('one', '--stubborn', '--child');
  const mark = server.workspace;
  const workdir = await newWorkdir();
  const args = ['--import', 'jiti/register', resolve('test/mcp/worker.ts'), workdir, how, JSON.stringify([server])];
  const worker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((ready) => worker.stdout.once('data', ready));
  expect(await withMark(`${mark}/rough.mjs`, worker.pid)).not.toEqual([]);
  const ended = new Promise((done) => worker.once('exit', done));
  worker.kill('SIGKILL');
  await ended;
  await until(async () => (await withMark(`${mark}/rough.mjs`, worker.pid)).length === 0, {
    what: 'no server lives',
  });
}

async function withMark(mark: string, worker: number | undefined): Promise<string[]> {
  const { readdir } = await import('node:fs/promises');
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== worker)) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    if (line.includes(mark)) found.push(pid);
  }
  return found;
}

test.skipIf(process.platform !== 'linux')(
  `a worker that is killed leaves no server behind, ${ROUNDS} of ${ROUNDS}`,
  async () => {
    for (let round = 0; round < ROUNDS; round++) await killWorker('free');
  },
  300_000,
);

describe.skipIf(why !== '')(`in the sandbox${why}`, () => {
  async function confined(changes: object = {}) {
    const here = await sandboxHere();
    const server = await inWorkspace('one');
    return { server, ...(await rig([{ ...server, ...changes }], { sandbox: here.sandbox, env: ENV })) };
  }

  test('it has no variables of the worker but those it names', async () => {
    const { call, lines } = await confined({ env: ['GITHUB_TOKEN'] });
    const { content } = await call('one__env');
    expect(content).not.toContain('sk-canary');
    expect(JSON.parse(content)).toMatchObject({ GITHUB_TOKEN: 'ghp-canary', HOME: '/run/home' });
    expect(lines).toEqual([]);
  });

  test('it sees no home and no work directory, and writes nowhere but in its own place', async () => {
    const here = await sandboxHere();
    const home = await mkdtemp(join(homedir(), '.rookery-mcp-'));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    await writeFile(join(home, 'secret'), 'canary');
    const { call, server } = await confined();
    expect(here.why).toBe('');
    for (const path of [join(home, 'secret'), '/etc/shadow']) {
      expect((await call('one__see', { text: path })).content).not.toMatch(/canary|root:[^:]/);
      expect((await call('one__put', { text: path })).outcome).toBe('failed');
    }
    for (const path of ['/usr/x', '/etc/x', resolve('x.tmp')])
      expect([path, (await call('one__put', { text: path })).outcome]).toEqual([path, 'failed']);
    expect(await call('one__put', { text: join(server.workspace, 'mine') })).toMatchObject({ content: 'written' });
  });

  test('the private place of a server is all it sees of the work directory', async () => {
    const workdir = await newWorkdir();
    await mkdir(join(workdir, 'mcp', 'one'), { recursive: true });
    await writeFile(join(workdir, 'signing.key'), 'canary');
    await copyFile(resolve('test/mcp/rough.mjs'), join(workdir, 'mcp', 'one', 'rough.mjs'));
    const { sandbox } = await sandboxHere({ hidden: [workdir] });
    const server = { name: 'one', command: 'node', args: [join(workdir, 'mcp', 'one', 'rough.mjs')] };
    const { call, lines } = await rig([server], { workdir, sandbox, env: ENV });
    expect(lines).toEqual([]);
    expect((await call('one__see', { text: join(workdir, 'signing.key') })).content).toBe('ENOENT');
    expect(await call('one__put', { text: join(workdir, 'mcp', 'one', 'kept') })).toMatchObject({ content: 'written' });
    expect(await readFile(join(workdir, 'mcp', 'one', 'kept'), 'utf8')).toBe('written');
  });

  test('it reaches no host, not even this one', async () => {
    const site = createServer((_request, response) => response.end('reached'));
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
    onTestFinished(() => void site.close());
    const { call } = await confined();
    const port = String((site.address() as AddressInfo).port);
    expect((await call('one__dial', { text: port })).content).toBe('ECONNREFUSED');
  });

  test('an answer of it comes through, and many others', async () => {
    const { call } = await confined();
    for (let n = 0; n < 20; n++) expect((await call('one__echo', { text: `${n}` })).content).toBe(`${n}`);
  });

  test('with hosts that it may reach it reaches them and no other host', async () => {
    const site = createServer((_request, response) => response.end('reached'));
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
    onTestFinished(() => void site.close());
    const { call } = await confined({ network: ['example.org'] });
    expect(JSON.parse((await call('one__env')).content).https_proxy).toMatch(/^http:\/\/127\.0\.0\.1:/);
    const port = String((site.address() as AddressInfo).port);
    expect((await call('one__dial', { text: port })).content).toBe('ECONNREFUSED');
  });

  test('a server that does not find its program is told where to look', async () => {
    const here = await sandboxHere();
    const server = { name: 'one', command: 'node', args: [join(homedir(), 'nowhere.mjs')] };
    const { lines } = await rig([server], { sandbox: here.sandbox, env: ENV });
    expect(lines.join()).toContain('in the sandbox, only its workspace and what its command line names');
  });

  test('stopped, nothing of it lives', async () => {
    const here = await sandboxHere();
    const server = await inWorkspace('one', '--stubborn', '--child');
    const { mcp } = await rig([server], { sandbox: here.sandbox, env: ENV });
    expect(await withMark(`${server.workspace}/rough.mjs`, undefined)).not.toEqual([]);
    await mcp.stop();
    expect(await withMark(`${server.workspace}/rough.mjs`, undefined)).toEqual([]);
  });

  test(`a worker that is killed takes its servers with it, ${ROUNDS} of ${ROUNDS}`, async () => {
    for (let round = 0; round < ROUNDS; round++) await killWorker('sandbox');
  }, 300_000);

  test('sandbox = off of the person is obeyed, and announced', async () => {
    const { call, lines, workdir } = await confined({ sandbox: 'off' });
    expect(JSON.parse((await call('one__env')).content).HOME).toBe(join(workdir, 'mcp', 'one'));
    expect(lines).toEqual(['These MCP servers run without a sandbox, as the user of this worker: one']);
  });
});
