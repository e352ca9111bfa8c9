/** A server, a worker and tasks that may be killed at any moment; it brings them up again, and knows what is going on. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskFile } from '../../src/domain/wire.js';
import { stopServer } from '../../src/server/embedded.js';
import { ledgerCall } from '../support/ledger.js';
import type { LlmRequest, ScriptCall, ScriptReply } from '../support/llm-server.js';
import { type OwnServer, startOwnServer } from '../support/own-server.js';
import type { Chance } from '../support/random.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';

export interface Arena {
  readonly rig: Rig;
  readonly tasks: readonly Task[];
  /** Waits for this moment of any task, and calls `then` in it. */
  at(moment: Moment, then: () => void): Promise<void>;
  startTask(): Promise<void>;
  unfinished(): Promise<Task[]>;
  killWorker(): void;
  killServer(): void;
  signal(signal: NodeJS.Signals): void;
  /** Starts again what is dead. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

export type Moment =
  /** An unsafe call is claimed and has no result. */
  | 'tool'
  /** The model is asked and has not answered. */
  | 'model'
  /** An iteration was accepted that the file does not show yet. */
  | 'mirror';

export const ITERATIONS = 20;
const TOOL_S = 0.12;

export async function openArena(chance: Chance): Promise<Arena> {
  const directory = await mkdtemp(join(tmpdir(), 'rookery-arena-'));
  let server: OwnServer | undefined = await startOwnServer({ workdir: directory });
  const { address } = server;
  const rig = await startRig({ address, worker: false });
  const place = { address, namespace: rig.namespace, workdir: rig.paths.workdir, workspace: rig.workspace };
  let worker: WorkerProcess | undefined = await spawnWorker(place);
  const tasks: Task[] = [];
  let watched: { moment: Moment; reached(): void } | undefined;
  let serial = 0;

  const noticing = (moment: Moment): void => {
    if (watched?.moment === moment) watched.reached();
  };
  /** Each reply is told from all others by the ids of its calls, and by its text. */
  const script = ({ messages }: LlmRequest, task: () => Task | undefined): ScriptReply => {
    const accepted = messages.filter(({ role }) => role === 'assistant').length;
    const reply = serial++;
    noticing('model');
    if (accepted > 0 && accepted > iterationsShown(rig, task()?.id)) noticing('mirror');
    const delayMs = 20 + chance.below(60);
    if (accepted >= ITERATIONS - 1) return { content: `reply ${reply}: done`, delayMs };
    return { content: `reply ${reply}`, delayMs, calls: callsOf(chance, reply) };
  };

  return {
    rig,
    tasks,
    async at(moment, then) {
      await new Promise<void>((resolve) => {
        let timer: NodeJS.Timeout | undefined;
        const reached = (): void => {
          watched = undefined;
          clearInterval(timer);
          then();
          resolve();
        };
        watched = { moment, reached };
        if (moment === 'tool') timer = setInterval(() => openClaim(rig, worker?.pid) && reached(), 5);
      });
    },
    async startTask() {
      let task: Task | undefined;
      task = await rig.start((request) => script(request, () => task), { allow: ['shell'] });
      tasks.push(task);
    },
    async unfinished() {
      const running = await Promise.all(tasks.map(async (task) => ({ task, running: await isRunning(task) })));
      return running.filter((found) => found.running).map(({ task }) => task);
    },
    killWorker() {
      worker?.signal('SIGKILL');
      worker = undefined;
    },
    killServer() {
      if (server) process.kill(server.pid, 'SIGKILL');
      server = undefined;
    },
    signal(signal) {
      if (server) process.kill(server.pid, signal);
      worker?.signal(signal);
    },
    async revive() {
      server ??= await startOwnServer({ workdir: directory });
      worker ??= await spawnWorker(place);
    },
    async close() {
      await worker?.kill();
      // Also when the test has failed, and its server is not where it was.
      await rig.stop().finally(() => stopServer(directory));
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** The calls of a reply: an unsafe one that takes its time, or reading, or both. */
function callsOf(chance: Chance, reply: number): ScriptCall[] {
  const write = (i: number): ScriptCall => ({
    id: `r${reply}_${i}`,
    ...ledgerCall(`r${reply}_${i}`, `sleep ${TOOL_S}`),
  });
  // Not the same call again and again: the model would be told so, in a turn of its own.
  const read: ScriptCall = { id: `r${reply}_read`, name: 'search_files', args: { pattern: `r${reply}_` } };
  return chance.pick([[write(0)], [write(0), read], [read], [read], [write(0), write(1)]]);
}

// ---

async function isRunning(task: Task): Promise<boolean> {
  return (await task.handle.describe()).status.name === 'RUNNING';
}

function iterationsShown(rig: Rig, id: string | undefined): number {
  try {
    return (JSON.parse(readFileSync(rig.paths.task(id ?? ''), 'utf8')) as TaskFile).iterations;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** A call that this worker has claimed and not finished; what dead ones left does not count. */
function openClaim({ paths }: Rig, pid: number | undefined): boolean {
  if (!existsSync(paths.claims)) return false;
  return readdirSync(paths.claims).some((task) => {
    const names = readdirSync(join(paths.claims, task));
    const open = names.filter((name) => /^[0-9a-f-]{36}$/.test(name) && !names.includes(`${name}.result`));
    return open.some((name) => readFileSync(join(paths.claims, task, name), 'utf8').includes(`"pid":${pid},`));
  });
}
