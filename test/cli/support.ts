/**
 * The command as a user runs it: a process of the built `dist/`, with a separate home, work directory and workspace.
 * Its streams are no terminals, so no output of any run may hold a control character.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { expect, inject } from 'vitest';
import type { TaskFile } from '../../src/domain/wire.js';
import { type Paths, pathsOf } from '../../src/mirror/paths.js';
import { killAfterDeath } from '../support/after-death.js';
import { type Book, type ModelScript, openBook } from '../support/book.js';
import { makeNamespace } from '../support/namespaces.js';
import { testCli } from '../support/own-server.js';

export const MAIN = resolve('dist/src/cli/main.js');

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** What comes in on stdin. Default: nothing. */
  readonly input?: string | Buffer;
  readonly cwd?: string;
  /** After that the process is killed, and the run fails. */
  readonly timeoutMs?: number;
}

export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ran>;
}

export interface Bench {
  readonly root: string;
  readonly home: string;
  readonly workspace: string;
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string>>;
  readonly book: Book;
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  spawn(args: readonly string[], options?: RunOptions): Running;
  /** The value that the command prints with --json; it must end with 0. */
  json<T>(args: readonly string[], options?: RunOptions): Promise<T>;
  /** Flags that give a task to a model that follows the script. */
  model(script: ModelScript): string[];
  /** Requests that a model of `model` has had. */
  requests(flags: readonly string[]): number;
  /** The id of a new task. */
  submit(flags: readonly string[], prompt?: string): Promise<string>;
  file(id: string): TaskFile;
  /** Ends everything by force, and removes it. */
  close(): Promise<void>;
}

const PATIENCE_MS = 100_000;

export async function openBench(more: Readonly<Record<string, string>> = {}): Promise<Bench> {
  const root = await mkdtemp(join(tmpdir(), 'rookery-cli-'));
  killAfterDeath(root);
  const home = join(root, 'home');
  const workspace = join(root, 'workspace');
  const paths = pathsOf(join(root, 'data'));
  await Promise.all([mkdir(home), mkdir(workspace)]);
  const env = { ...(await environmentFor(home)), ROOKERY_WORKDIR: paths.workdir, ...more };
  const book = await openBook();
  const start = (args: readonly string[], options: RunOptions = {}): Running =>
    launch(args, { cwd: workspace, ...options, env: { ...env, ...options.env } });
  const run = async (args: readonly string[], options?: RunOptions): Promise<Ran> => start(args, options).ended;
  return {
    root,
    home,
    workspace,
    paths,
    env,
    book,
    run,
    spawn: start,
    async json<T>(args: readonly string[], options?: RunOptions): Promise<T> {
      const ran = await run([...args, '--json'], options);
      expect(ran, ran.stderr).toMatchObject({ code: 0 });
      return JSON.parse(ran.stdout) as T;
    },
    model: (script) => ['--provider', 'litellm', '--endpoint', book.url, '--model', book.add(script)],
    requests: (flags) => book.requestsOf(flags[flags.indexOf('--model') + 1] ?? '').length,
    async submit(flags, prompt = 'Do what the script says.') {
      const ran = await run(['submit', ...flags, prompt]);
      expect(ran, ran.stderr).toMatchObject({ code: 0 });
      return ran.stdout.trim();
    },
    file: (id) => JSON.parse(readFileSync(paths.task(id), 'utf8')) as TaskFile,
    async close() {
      for (const pid of processesOf(paths.workdir)) killIfThere(pid);
      await book.close();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** On the server that all tests share, in a namespace of its own: only a worker is started. */
export async function openClusterBench(more: Readonly<Record<string, string>> = {}): Promise<Bench> {
  const { address } = inject('temporal');
  const connection = await Connection.connect({ address });
  const namespace = await makeNamespace(connection);
  await connection.close();
  return openBench({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, ...more });
}

/** Another host of the same cluster: its own work directory, the same signing key. */
export function openBenchBeside({ env, paths }: Bench): Promise<Bench> {
  const { TEMPORAL_ADDRESS = '', TEMPORAL_NAMESPACE = '' } = env;
  return openBench({ TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, ROOKERY_SIGNING_KEY_FILE: paths.signingKey });
}

/** Server, worker and whatever else carries the work directory in its environment. */
export function processesOf(workdir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(`ROOKERY_WORKDIR=${workdir}`));
}

/** JSON values, one a line. */
export function linesOf<T = Record<string, unknown>>(text: string): T[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

// ---

/** Nothing of the user's own: no keys, no files, no Ollama, no proxy. */
async function environmentFor(home: string): Promise<Record<string, string>> {
  const { path } = await testCli();
  return {
    PATH: process.env.PATH ?? '',
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'share'),
    XDG_CACHE_HOME: join(home, 'cache'),
    ROOKERY_TEMPORAL_CLI: path,
    OLLAMA_HOST: 'http://127.0.0.1:9',
  };
}

function launch(args: readonly string[], { env, input, cwd, timeoutMs = PATIENCE_MS }: RunOptions): Running {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    stdout += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
  });
  child.stdin.on('error', () => undefined).end(input ?? '');
  const ended = new Promise<Ran>((done, fail) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(new Error(`rookery ${args.join(' ')} did not end within ${timeoutMs} ms.\n${stdout}\n${stderr}`));
    }, timeoutMs);
    child.once('error', fail);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      done({ code, signal, stdout, stderr });
    });
  }).then((ran) => {
    expect(ran.stdout, 'control characters on stdout').not.toMatch(CONTROL);
    expect(ran.stderr, 'control characters on stderr').not.toMatch(CONTROL);
    return ran;
  });
  // Whoever kills it may not ask how it ended.
  ended.catch(() => undefined);
  const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
  return { child, pid: child.pid ?? -1, stdout: () => stdout, stderr: () => stderr, kill, ended };
}

/** All but line feed and tab. */
export const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
