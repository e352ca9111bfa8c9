/** The files of tasks as objects in memory, with the same content and order of writes as on disk. For tests. */
import type { MirrorPort, MirrorWrite } from '../../activities/ports.js';
import type { Checkpoint, TaskFile } from '../domain/wire.js';
import { project } from '../mirror/project.js';
import { isOlder, type WritePosition } from '../mirror/write-order.js';

/** A mirror for the plugin's option `mirror`, and what it was given. */
export class MemoryMirror implements MirrorPort {
  readonly #tasks = new Map<string, TaskFile>();
  readonly #checkpoints = new Map<string, Checkpoint>();
  readonly #positions = new Map<string, WritePosition>();

  /** By the id of the task: what its file would hold. */
  get tasks(): ReadonlyMap<string, TaskFile> {
    return this.#tasks;
  }

  /** By the id of the task. A task that has ended has none. */
  get checkpoints(): ReadonlyMap<string, Checkpoint> {
    return this.#checkpoints;
  }

  /** Called by the activities. Drops an older state, and never finds a write of another program. Throws nothing. */
  async write(state: MirrorWrite): Promise<undefined> {
    const { id, record, runStarted } = state;
    const position = { run_started: runStarted, version: record.version };
    const known = this.#positions.get(id);
    if (known && isOlder(position, known)) return;
    this.#positions.set(id, position);
    const { task, checkpoint } = project(state);
    this.#tasks.set(id, JSON.parse(task) as TaskFile);
    if (checkpoint === null) this.#checkpoints.delete(id);
    else this.#checkpoints.set(id, JSON.parse(checkpoint) as Checkpoint);
  }
}
