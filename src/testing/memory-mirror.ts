/** The files of tasks as objects in memory, for tests: what they hold, without reading them. */
import type { Checkpoint, TaskFile } from '../domain/wire.js';
import type { Mirror, MirrorState } from '../mirror/additional-mirror.js';

/** A mirror for the plugin's option `mirror`, and what it was given. */
export class MemoryMirror implements Mirror {
  readonly #states = new Map<string, MirrorState>();

  /** The content of a task's file; undefined before its first write. Throws nothing. */
  task(id: string): TaskFile | undefined {
    return this.#states.get(id)?.task;
  }

  /** The content of a task's checkpoint; undefined before its first complete round, and at its end. Throws nothing. */
  checkpoint(id: string): Checkpoint | undefined {
    return this.#states.get(id)?.checkpoint ?? undefined;
  }

  /** Called by the plugin. Drops an older state. Throws nothing. */
  async write(state: MirrorState): Promise<void> {
    const known = this.#states.get(state.id);
    if (!known || isNewer(state, known)) this.#states.set(state.id, state);
  }
}

// ---

function isNewer(a: MirrorState, b: MirrorState): boolean {
  return a.runStarted > b.runStarted || (a.runStarted === b.runStarted && a.version >= b.version);
}
