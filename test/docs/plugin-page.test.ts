/** docs/plugin.md: its code blocks are one project, which is type-checked and runs. */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareServer, startBareServer } from '../support/bare-server.js';
import { type LlmServer, scriptedAgent, startLlmServer } from '../support/llm-server.js';
import { testCli } from '../support/own-server.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';

const run = promisify(execFile);
const PAGE = readFileSync('docs/plugin.md', 'utf8');
/** Each block begins with the name of its file. */
const BLOCKS = [...PAGE.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, text = '']) => ({
  language,
  text,
  file: /^\/\/ ([\w.-]+\.ts)$/m.exec(text.split('\n', 1)[0] ?? '')?.[1],
}));
const FILES = BLOCKS.flatMap(({ file }) => (file === undefined ? [] : [file]));

let directory: string;
let server: BareServer;
let llm: LlmServer;
let rig: Rig;
let worker: ReturnType<typeof spawn> | undefined;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rookery-page-'));
  llm = await startLlmServer(
    scriptedAgent({ iterations: 1, callFor: () => ({ name: 'list_files', args: {} }), final: 'Read.' }),
  );
  server = await startBareServer({});
  rig = await startRig({ address: server.address, namespace: 'default', worker: false });
  const { path } = await testCli();
  for (const { file, text } of BLOCKS) {
    if (file === undefined) continue;
    // A model that answers here, and a server that need not be fetched.
    const local = text
      .replace('endpoints: {}', `endpoints: { anthropic: '${llm.url}' }`)
      .replace('createLocal()', `createLocal({ server: { executable: { type: 'existing-path', path: '${path}' } } })`);
    writeFileSync(join(directory, file), local);
  }
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'my-app', type: 'module', private: true }));
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER, include: ['*.ts'] }));
  linkPackages(join(directory, 'node_modules'));
});
afterAll(async () => {
  worker?.kill();
  await rig.stop();
  await server.stop();
  await llm.close();
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
});

test('every block of code is one of these files', () => {
  expect(BLOCKS.filter(({ file, language }) => language !== 'ts' || file === undefined)).toEqual([]);
  expect(FILES.length).toBeGreaterThan(6);
});

test('they are of the types that the package declares', async () => {
  const tsc = resolve('node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', directory]).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});

describe('with the worker of the page', () => {
  beforeAll(async () => {
    worker = spawn(process.execPath, ['dist/worker.js'], { cwd: directory, env: environment(), stdio: 'ignore' });
    await until(async () => (await pollers()) > 0, { what: 'the worker polls' });
  });

  test('the client starts a task, and prints its answer', async () => {
    const { stdout } = await run(process.execPath, ['dist/client.js'], { cwd: directory, env: environment() });
    expect(stdout).toMatch(/^Read\. \d+\nCompleted\n$/);
  });

  test('a workflow has tasks as its children', async () => {
    expect(await execute('report', [['tea', 'coffee']])).toEqual(['Read.', 'Read.']);
  });

  test('a workflow has an agent as a step', async () => {
    expect(await execute('research', ['What is there?'])).toBe('Read. (2 iterations)');
  });

  test('the schedule starts a task', async () => {
    await run(process.execPath, ['dist/schedule.js'], { cwd: directory, env: environment() });
    const schedule = client().schedule.getHandle('nightly-review');
    await schedule.trigger();
    const started = await until(async () => (await schedule.describe()).info.recentActions.at(-1)?.action, {
      what: 'it has started a workflow',
    });
    if (started?.type !== 'startWorkflow') throw new Error('no workflow was started');
    const { workflowId } = started.workflow;
    expect(workflowId).toMatch(/^nightly-/);
    expect(await client().workflow.getHandle(workflowId).result()).toMatchObject({ status: 'Completed' });
  });
});

test('the unit test passes, without a key', async () => {
  const vitest = resolve('node_modules/vitest/vitest.mjs');
  const { ANTHROPIC_API_KEY: _, ...env } = environment();
  const args = [vitest, 'run', '--root', directory, '--no-file-parallelism', 'dist/research.test.js'];
  const outcome = await run(process.execPath, args, { cwd: directory, env }).catch(
    (error: { stdout: string }) => error,
  );
  expect(outcome.stdout).toMatch(/Tests .*1 passed/);
});

// ---

const COMPILER = {
  ...{ target: 'es2022', module: 'nodenext', strict: true, skipLibCheck: true, types: ['node'] },
  outDir: 'dist',
};

function environment(): NodeJS.ProcessEnv {
  const { VITEST: _, ...env } = process.env;
  return {
    ...env,
    TEMPORAL_ADDRESS: server.address,
    ANTHROPIC_API_KEY: 'key-of-the-page',
    NO_COLOR: '1',
    FORCE_COLOR: '0',
  };
}

/** The packages of this repository, and the package itself as `rookery`. */
function linkPackages(modules: string): void {
  mkdirSync(modules);
  symlinkSync(resolve('.'), join(modules, 'rookery'));
  for (const name of ['@temporalio', '@types', 'vitest', 'vite', 'zod']) {
    symlinkSync(resolve('node_modules', name), join(modules, name));
  }
}

function client(): Client {
  return new Client({ connection: rig.connection });
}

function execute(type: string, args: unknown[]): Promise<unknown> {
  return client().workflow.execute(type, { args, taskQueue: 'my-app', workflowId: `my-${type}` });
}

async function pollers(): Promise<number> {
  const request = { namespace: 'default', taskQueue: { name: 'my-app' }, taskQueueType: 1 };
  return (await rig.client.workflowService.describeTaskQueue(request)).pollers?.length ?? 0;
}
