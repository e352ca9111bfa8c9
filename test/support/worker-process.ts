/** A worker as a process of its own, to be killed and frozen as processes are. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { KeyRing } from '../../src/models/connection.js';
import type { ModelSettings } from '../../src/models/create-models.js';
import type { NetworkSettings } from '../../src/models/network.js';
import type { NotifyOptions } from '../../src/notify/options.js';
import type { ShipOptions } from '../../src/worker/plugin-options.js';
import { killAfterDeath } from './after-death.js';

export interface WorkerPlace {
  readonly address: string;
  readonly namespace: string;
  readonly workdir: string;
  readonly workspace: string;
  readonly backoffMs?: number;
  /** Default: its own. */
  readonly signingKeyFile?: string;
  /** `off`: shell commands need approval. Default: `auto`. */
  readonly sandbox?: 'auto' | 'off';
  readonly sharedWorkspace?: boolean;
  readonly shipWorkspace?: ShipOptions;
  /** How it tells of tasks. Default: not at all. */
  readonly notify?: NotifyOptions;
  /** Keys and endpoints of providers. Default: none. */
  readonly models?: KeyRing & Pick<ModelSettings, 'windows'>;
  /** How its requests leave the host. Default: directly. */
  readonly network?: NetworkSettings;
  /** The program of the worker, in this directory. Default: `worker-main.mjs`. */
  readonly main?: string;
  /** Workflows of a user: the process is then the worker of a user. */
  readonly bundle?: string;
  /** Types of its workflows that the plugin trusts. */
  readonly trustedParents?: readonly string[];
  readonly defaultChoice?: { readonly provider: string; readonly model: string };
  /** How long SIGUSR2 blocks its event loop. Default: not at all. */
  readonly blockMs?: number;
}

/** How it ended: its exit code, or the signal that ended it, and what it said on stderr. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly said: string;
}

export interface WorkerProcess {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  signal(signal: NodeJS.Signals): void;
  /** kill -9, and gone when it resolves. */
  kill(): Promise<void>;
}

/** Resolves when it polls. */
export async function spawnWorker({ main = 'worker-main.mjs', ...place }: WorkerPlace): Promise<WorkerProcess> {
  killAfterDeath(place.workdir);
  const program = resolve('test/support', place.bundle ? 'user-worker-main.mjs' : main);
  const child = spawn(process.execPath, [program, JSON.stringify({ backoffMs: 50, ...place })], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<Ended>((done) => child.once('close', (code, signal) => done({ code, signal, said })));
  await new Promise<void>((ready, reject) => {
    child.stdout.once('data', () => ready());
    void ended.then(() => reject(new Error(`the worker ended before it was ready: ${said.slice(0, 2_000)}`)));
  });
  return {
    pid: child.pid as number,
    ended,
    signal: (signal) => {
      child.kill(signal);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
