/**
 * A strict server, a rig without a worker in it, and workers as processes that a test kills. The n-th request of a model can
 * be held: what happens in the meantime happens while the model is asked.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskInput } from '../../../src/domain/protocol.js';
import { PROVIDER_NAMES } from '../../../src/domain/provider.js';
import type { KeyRing } from '../../../src/models/connection.js';
import type { NetworkSettings } from '../../../src/models/network.js';
import { type Rig, startRig, type Task } from '../rig.js';
import { until } from '../until.js';
import { spawnWorker, type WorkerProcess } from '../worker-process.js';
import type { Plan } from './script.js';
import { type Fault, type Hold, type StrictServer, startStrictServer } from './server.js';

export interface Stage {
  readonly rig: Rig;
  readonly strict: StrictServer;
  /** `path`: that of the dialect on the strict server; empty: the provider's configured or own address. */
  start(path: string, plan: Plan, input: Partial<TaskInput> & { model: string }, hold?: Hold): Promise<Task>;
  /** kill -9 of the worker, and another one in its place. */
  replaceWorker(): Promise<void>;
  kill(): Promise<void>;
  revive(): Promise<void>;
  close(): Promise<void>;
}

export interface StageOptions {
  /** Default: one of its own. */
  readonly strict?: StrictServer;
  /** Base URLs of providers as the worker's configuration has them. */
  readonly endpoints?: (strict: StrictServer) => KeyRing['endpoints'];
  readonly network?: NetworkSettings;
  /** Context windows, by model. */
  readonly windows?: Readonly<Record<string, number>>;
}

/** Some hundred bytes: a few rounds fill a small window. */
const NOTE_LINES = 50;
const NO_MODEL = () => ({ status: 404 });
const KEY = 'sk-strict-0123456789';

/** Every provider has a key. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const strict = options.strict ?? (await startStrictServer());
  const rig = await startRig({ worker: false });
  mkdirSync(join(rig.workspace, 'notes'), { recursive: true });
  for (let i = 0; i < 10; i++)
    writeFileSync(join(rig.workspace, 'notes', `${i}.txt`), `note ${i}\n`.repeat(NOTE_LINES));
  const { address, namespace, workspace } = rig;
  const keys = Object.fromEntries(PROVIDER_NAMES.map((name) => [name, KEY]));
  const { windows = {} } = options;
  const models = { keys, endpoints: options.endpoints?.(strict) ?? {}, windows };
  const { network } = options;
  const place = { address, namespace, workspace, workdir: rig.paths.workdir, models, ...(network && { network }) };
  let worker: WorkerProcess | undefined = await spawnWorker(place);
  const kill = async (): Promise<void> => {
    await worker?.kill();
    worker = undefined;
  };
  const revive = async (): Promise<void> => {
    worker ??= await spawnWorker(place);
  };
  return {
    rig,
    strict,
    async start(path, plan, input, hold) {
      strict.add(input.model, plan, hold);
      const endpoint =
        path === '' ? { endpoint: undefined, endpoint_origin: undefined } : { endpoint: strict.url + path };
      return rig.start(NO_MODEL, { provider: 'litellm', ...endpoint, ...input });
    },
    async replaceWorker() {
      await kill();
      await revive();
    },
    kill,
    revive,
    async close() {
      await kill();
      await strict.close();
      await rig.stop();
    },
  };
}

/** Reads a note in each reply, two in some, then answers. */
export function reader(iterations: number, final = 'All notes are read.'): Plan {
  const read = (i: number) => ({ name: 'read_file', args: { path: `notes/${i % 10}.txt` } });
  return { iterations, final, callsFor: (n) => (n % 3 === 1 ? [read(n), read(n + 1)] : [read(n)]) };
}

/** Resolves when the request has come; throws when the task ends or waits for a person instead. */
export async function reach(held: HeldReply, task: Task): Promise<void> {
  let reached = false;
  void held.reached.then(() => {
    reached = true;
  });
  await until(
    async () => {
      if (reached) return true;
      const { phase, reason, record } = await task.status();
      if (phase !== 'waiting_person' && record.state.kind === 'running') return false;
      throw new Error(`the task did not get that far: ${JSON.stringify(record.state)}, ${phase}: ${reason}`);
    },
    { what: 'the held request comes', timeoutMs: 60_000 },
  );
}

export interface HeldReply {
  readonly hold: Hold;
  /** The request has come. */
  readonly reached: Promise<void>;
  release(fault?: Fault): void;
}

/** Holds the first request for reply n; those after it are answered. */
export function holdAt(reply: number): HeldReply {
  return holdFirst((n) => n === reply);
}

/** Holds the first request that is meant; those after it are answered. */
export function holdFirst(isMeant: (...request: Parameters<Hold>) => boolean): HeldReply {
  let reach = (): void => undefined;
  let release: HeldReply['release'] = () => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const released = new Promise<Fault | undefined>((resolve) => {
    release = resolve;
  });
  let held = false;
  return {
    reached,
    release: (fault) => release(fault),
    hold: (...request) => {
      if (held || !isMeant(...request)) return undefined;
      held = true;
      reach();
      return released;
    },
  };
}
