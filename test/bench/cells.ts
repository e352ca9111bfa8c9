/** One cell of the table: so many tasks, so many at once, on one stage; its time, its CPU, its history. */
import { cpuOfAll } from './machine.js';
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

/** What can be given work and be measured at it: one worker, and a server where it needs one. */
export interface Subject {
  readonly worker: { readonly pid: number };
  readonly server?: { readonly pid: number };
  /** One task to its end; its id. */
  run(work: Work): Promise<string>;
}

export async function runCell(subject: Subject, cell: Cell): Promise<Measured> {
  const { server, worker } = subject;
  const used = (process: { readonly pid: number } | undefined): number => (process ? cpuOfAll(process.pid) : 0);
  const before = { worker: used(worker), server: used(server) };
  const begun = performance.now();
  const each: number[] = [];
  const ids: string[] = [];
  let left = cell.tasks;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const at = performance.now();
      ids.push(await subject.run(cell));
      each.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: cell.atOnce }, lane));
  return {
    wall: performance.now() - begun,
    each,
    worker: used(worker) - before.worker,
    server: used(server) - before.server,
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
