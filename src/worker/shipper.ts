/**
 * Decides when the work of a task is shipped: after a write of its files, one at a time, the newest state, with pauses
 * that grow with what it takes. Reports each problem once. Never throws: a task runs on without its bundle.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { MirrorWrite } from '../../activities/ports.js';
import { sentenceOf } from '../domain/errors.js';
import { makeDirectory } from '../files/atomic-write.js';
import type { Paths } from '../mirror/paths.js';
import { type ShippedState, type Shipping, shipWorkspace } from './ship-workspace.js';

export interface ShipperContext extends Omit<Shipping, 'side'> {
  readonly paths: Paths;
  readonly announce: (line: string) => void;
}

export class Shipper {
  /** The newest state of each task that is being shipped; `ended`: its bundle is not needed any more. */
  readonly #next = new Map<string, ShippedState | 'ended' | undefined>();
  readonly #told = new Map<string, string>();

  constructor(private readonly context: ShipperContext) {}

  /** The files of the task show this state. */
  note({ id, record, workspace, runStarted }: MirrorWrite): void {
    if (workspace === undefined) return;
    const { iterations, version } = record;
    const state = { task: id, workspace, iterations, runStarted, version };
    const isRunning = this.#next.has(id);
    this.#next.set(id, record.state.kind === 'running' ? state : 'ended');
    if (!isRunning) void this.#work(id);
  }

  async #work(id: string): Promise<void> {
    for (let next = this.#next.get(id); next !== undefined; next = this.#next.get(id)) {
      this.#next.set(id, undefined);
      const began = performance.now();
      const problem = await (next === 'ended' ? this.#end(id) : this.#ship(next)).catch(sentenceOf);
      this.#tell(id, problem ?? '');
      if (next === 'ended') break;
      await pause(Math.max(GAP_MS, PAUSE_FACTOR * (performance.now() - began)), undefined, { ref: false });
    }
    this.#next.delete(id);
  }

  async #ship(state: ShippedState): Promise<string | undefined> {
    const { paths } = this.context;
    await makeDirectory(paths.shipped(state.task));
    return shipWorkspace({ ...this.context, side: join(paths.shipped(state.task), 'repository') }, state);
  }

  async #end(id: string): Promise<undefined> {
    const { store, paths } = this.context;
    await store.remove(id);
    await rm(paths.shipped(id), { recursive: true, force: true });
    await store.sweep();
  }

  #tell(id: string, problem: string): void {
    if (problem !== '' && this.#told.get(id) !== problem)
      this.context.announce(`task ${id}: its workspace is not shipped: ${problem}`);
    this.#told.set(id, problem);
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= TOLD) break;
      this.#told.delete(oldest);
    }
  }
}

// ---

const GAP_MS = 500;
/** At most a fifth of the time goes into it. */
const PAUSE_FACTOR = 4;
const TOLD = 1_000;
