/** One worker process that is killed and started again, in the middle of what all tasks on it do. */
import { setTimeout as pause } from 'node:timers/promises';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { managerOf } from '../support/manager.js';
import { type Rig, startRig } from '../support/rig.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';
import type { Traits } from './expected.js';
import { beginLane, type Lane } from './lane.js';

export interface World {
  readonly rig: Rig;
  readonly manager: BackgroundTaskManager;
  /** Grows when a worker is told to end, and when it has ended. */
  readonly kills: number;
  /** Steps of all tasks so far, and ends of workers. */
  readonly counts: { readonly steps: number; readonly ends: number };
  /** Whether the newest worker lives, for a message. */
  worker(): string;
  /** Of the next steps. */
  plan(ends: readonly WorkerEnd[]): void;
  /** A task takes a step: its worker may be ended in the middle of it. */
  step(): void;
  begin(traits: Traits): Promise<Lane>;
  close(): Promise<void>;
}

/** The worker is ended when the tasks together have taken so many steps; another one starts after a while. */
export interface WorkerEnd {
  readonly steps: number;
  readonly signal: 'SIGKILL' | 'SIGTERM';
  readonly downMs: number;
}

export async function openWorld(): Promise<World> {
  const rig = await startRig({ worker: false });
  const { address, namespace, workspace, paths } = rig;
  const place = { address, namespace, workspace, workdir: paths.workdir, sandbox: 'off' } as const;
  let worker: WorkerProcess = await spawnWorker(place);
  let planned: readonly WorkerEnd[] = [];
  let taken = 0;
  let changing: Promise<void> = Promise.resolve();
  let kills = 0;
  let found = 'a worker lives';
  const watch = (started: WorkerProcess): void => {
    found = `worker ${started.pid} lives`;
    void started.ended.then(({ code, signal, said }) => {
      if (started === worker) found = `worker ${started.pid} ended (${code ?? signal}): ${said.slice(-500)}`;
    });
  };
  watch(worker);
  const manager = await managerOf(rig);
  const replaceWorker = async ({ signal, downMs }: WorkerEnd): Promise<void> => {
    kills++;
    worker.signal(signal);
    await worker.ended;
    // What was begun while it drained has been killed too.
    kills++;
    await pause(downMs);
    worker = await spawnWorker(place);
    watch(worker);
  };
  const world: World = {
    rig,
    manager,
    get kills() {
      return kills;
    },
    get counts() {
      return { steps: taken, ends: Math.ceil(kills / 2) };
    },
    worker: () => found,
    plan(ends) {
      planned = ends.map(({ steps, ...end }) => ({ ...end, steps: steps + taken }));
    },
    step() {
      taken++;
      const due = planned.filter(({ steps }) => steps <= taken);
      planned = planned.filter(({ steps }) => steps > taken);
      for (const end of due) changing = changing.then(() => replaceWorker(end));
    },
    begin: (traits) => beginLane(world, traits),
    async close() {
      await changing;
      await worker.kill();
      await rig.stop();
    },
  };
  return world;
}
