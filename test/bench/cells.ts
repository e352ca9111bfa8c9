/** One cell of the table: so many tasks, so many at once, on one stage; its time, its CPU, its history. */
import type { WorkflowHandle } from '@temporalio/client';
import { cpuOf, familyOf } from './machine.js';
import type { Stage } from './stage.js';
import type { Work } from './work.js';

export interface Cell extends Work {
  readonly tasks: number;
  readonly atOnce: number;
}

export interface Measured {
  /** Milliseconds from the first start to the last end. */
  readonly wall: number;
  /** Of each task, in milliseconds. */
  readonly each: readonly number[];
  /** CPU milliseconds of worker and server. */
  readonly worker: number;
  readonly server: number;
  readonly ids: readonly string[];
}

export async function runCell(stage: Stage, cell: Cell): Promise<Measured> {
  const { server, worker } = stage;
  const before = { worker: cpuOfAll(worker.pid), server: cpuOf(server.pid) };
  const begun = performance.now();
  const each: number[] = [];
  const ids: string[] = [];
  let left = cell.tasks;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const at = performance.now();
      const handle: WorkflowHandle = await stage.start(cell);
      ids.push(handle.workflowId);
      await handle.result();
      each.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: cell.atOnce }, lane));
  return {
    wall: performance.now() - begun,
    each,
    worker: cpuOfAll(worker.pid) - before.worker,
    server: cpuOf(server.pid) - before.server,
    ids,
  };
}

export interface Stored {
  readonly bytes: number;
  readonly events: number;
}

/** Of a task of one run: the server counts itself, and a history that has grown with its square cannot be fetched. */
export async function storedOf({ client }: Stage, id: string): Promise<Stored> {
  const { historySize = Number.NaN, historyLength } = await client.workflow.getHandle(id).describe();
  return { bytes: historySize, events: historyLength };
}

// ---

function cpuOfAll(pid: number): number {
  return familyOf(pid).reduce((sum, member) => {
    try {
      return sum + cpuOf(member);
    } catch {
      return sum;
    }
  }, 0);
}
