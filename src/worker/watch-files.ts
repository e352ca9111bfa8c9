/**
 * Watches the tasks directory for writes of other programs: an end that another program gave a task cancels its
 * workflow at once, not only at the next write. Writes nothing.
 */
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { basename } from 'node:path';
import type { Client } from '@temporalio/client';
import { type ExternalEdit, RUNS_ELSEWHERE } from '../domain/external-edit.js';
import { idOfFileName } from '../domain/task-id.js';
import { makeDirectory } from '../files/atomic-write.js';
import { withLock } from '../files/file-lock.js';
import { inspectFile, ourHash } from '../mirror/external-edit.js';
import type { Paths } from '../mirror/paths.js';
import { readOrder } from '../mirror/write-order.js';

const SETTLE_MS = 100;
/** Interval of the check for a directory that was removed and created again. */
const RECHECK_INTERVAL_MS = 1_000;

export interface FileWatch {
  readonly paths: Paths;
  readonly client: Client;
  readonly announce: (line: string, about?: { readonly task: string }) => void;
  /** Rewrites the files of a task from Temporal. */
  readonly restore: (id: string) => Promise<unknown>;
}

export async function watchFiles(options: FileWatch): Promise<{ stop(): void }> {
  const { paths, announce } = options;
  await makeDirectory(paths.tasks);
  const timers = new Map<string, NodeJS.Timeout>();
  const onChange = (name: string | null): void => {
    const id = name?.endsWith('.json') ? idOfFileName(name.slice(0, -'.json'.length)) : undefined;
    if (id === undefined || timers.has(id)) return;
    const timer = setTimeout(() => {
      timers.delete(id);
      void handleChange(options, id).then(
        (found) => found && announce(describeEdit(id, found), { task: id }),
        () => undefined,
      );
    }, SETTLE_MS);
    timers.set(id, timer);
  };
  const directory = new DirectoryWatcher(paths.tasks, onChange);
  if (!directory.isWatching) {
    announce(`${paths.tasks} cannot be watched; what other programs write is noticed at the next write`);
  }
  return {
    stop() {
      directory.stop();
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

// ---

class DirectoryWatcher {
  #watcher: FSWatcher | undefined;
  #watched: number | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly directory: string,
    private readonly onChange: (name: string | null) => void,
  ) {
    this.#refresh();
    this.#timer = setInterval(() => this.#refresh(), RECHECK_INTERVAL_MS);
  }

  get isWatching(): boolean {
    return this.#watcher !== undefined;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#watcher?.close();
  }

  /**
   * Starts watching, and starts again when another directory has that name: also checks what was written there
   * meanwhile.
   */
  #refresh(): void {
    const now = statSync(this.directory, { throwIfNoEntry: false })?.ino;
    if (now === this.#watched) return;
    const isRestart = this.#watcher !== undefined;
    this.#watcher?.close();
    this.#watched = now;
    if (now === undefined) return;
    try {
      this.#watcher = watch(this.directory, (_event, name) => this.#onEvent(name));
      this.#watcher.on('error', () => this.#watcher?.close());
      for (const name of isRestart ? readdirSync(this.directory) : []) this.onChange(name);
    } catch {
      // Each write of ours still checks the file.
    }
  }

  #onEvent(name: string | null): void {
    // The directory's own name: it was removed, and the next one may reuse its inode.
    if (name === basename(this.directory)) this.#watched = undefined;
    else this.onChange(name);
  }
}

async function handleChange({ paths, client, restore }: FileWatch, id: string): Promise<ExternalEdit | undefined> {
  const order = readOrder(paths.order(id));
  if (!order || ourHash(paths, id, order) !== undefined) return undefined;
  // Under the task's lock: between a write of ours and its note the file looks foreign.
  const { found, hash } = await withLock(paths.lock(id), () => inspectFile(paths, id, readOrder(paths.order(id))));
  // Our end was in the file first. A program that had read the file before may still overwrite it.
  if (found?.kind === 'ended' && order.ended) {
    if (hash !== order.external) await restore(id);
    return undefined;
  }
  if (found?.kind === 'ended') await client.workflow.getHandle(id).cancel();
  return found;
}

function describeEdit(id: string, found: ExternalEdit): string {
  if (found.kind === 'rival') return `task ${id}: ${RUNS_ELSEWHERE}`;
  return `task ${id} was ended by another program: its workflow is cancelled`;
}
