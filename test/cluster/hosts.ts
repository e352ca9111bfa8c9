/**
 * A host of the cluster: a work directory and a workspace of its own, and the worker of the command, which is started again
 * whenever it ends, as a supervisor does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Paths, pathsOf } from '../../src/mirror/paths.js';
import { until } from '../support/until.js';
import type { Build } from './builds.js';

export interface Host {
  readonly name: string;
  readonly paths: Paths;
  readonly workspace: string;
  readonly build: Build;
  /** How often the worker ended without being killed or stopped by the test. */
  readonly exits: number;
  /** kill -9; the supervisor starts it again. */
  kill(): void;
  /** SIGTERM, awaited, then the other build. */
  upgrade(build: Build): Promise<void>;
  stop(): Promise<void>;
}

export interface HostPlace {
  readonly directory: string;
  readonly name: string;
  readonly build: Build;
  readonly env: Readonly<Record<string, string>>;
}

/** Resolves when its worker polls. */
export async function startHost({ directory, name, build: first, env }: HostPlace): Promise<Host> {
  const root = join(directory, name);
  const workspace = join(root, 'workspace');
  mkdirSync(workspace, { recursive: true });
  const paths = pathsOf(join(root, 'data'));
  const logFile = join(directory, `${name}.log`);
  let [build, exits, killed, stopping] = [first, 0, false, false];
  let child: ChildProcess;

  const start = (): void => {
    const log = openSync(logFile, 'a');
    killed = false;
    child = spawn(process.execPath, [build.main, 'worker', '--workspace', workspace], {
      env: { ...env, ROOKERY_WORKDIR: paths.workdir },
      cwd: root,
      stdio: ['ignore', log, log],
    });
    const own = child;
    child.once('exit', () => {
      if (own !== child || stopping) return;
      if (!killed) exits++;
      void pause(killed ? 0 : RESTART_MS).then(() => own === child && !stopping && start());
    });
  };
  const drain = async (): Promise<void> => {
    const own = child;
    own.kill('SIGTERM');
    while (own.exitCode === null && own.signalCode === null) await pause(50);
  };
  start();
  await until(() => saysReady(logFile), { what: `the worker of ${name} is ready; see ${logFile}` });
  return {
    name,
    paths,
    workspace,
    get build() {
      return build;
    },
    get exits() {
      return exits;
    },
    kill() {
      killed = child.kill('SIGKILL');
    },
    async upgrade(next) {
      stopping = true;
      await drain();
      stopping = false;
      build = next;
      start();
    },
    async stop() {
      stopping = true;
      await drain();
    },
  };
}

// ---

const RESTART_MS = 500;

function saysReady(logFile: string): boolean {
  return (
    statSync(logFile, { throwIfNoEntry: false }) !== undefined && readFileSync(logFile, 'utf8').includes('worker ready')
  );
}
