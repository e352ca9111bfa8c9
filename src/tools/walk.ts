/**
 * Goes through a directory of the workspace, nearest entries first, each directory sorted. Never follows a symlink,
 * never enters .git and node_modules, never holds more than a bounded number of names.
 */
import type { Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../files/errors.js';
import { type HeldDirectory, pinDirectory, type WorkspacePath } from './workspace.js';

const MAX_NAMES = 20_000;
const NOT_ENTERED: ReadonlySet<string> = new Set(['.git', 'node_modules']);

export interface WalkedEntry {
  readonly shown: string;
  readonly real: string;
  /** Valid until the next entry is asked for: goes through the directory that is held open. */
  readonly openPath: string;
  readonly stats: Stats;
}

export interface Walk {
  readonly place: WorkspacePath;
  readonly recursive: boolean;
  readonly signal: AbortSignal;
}

export async function* walk({ place, recursive, signal }: Walk): AsyncGenerator<WalkedEntry, void, void> {
  const waiting: Directory[] = [{ real: place.real, shown: place.shown === '.' ? '' : place.shown }];
  for (let at = 0; at < waiting.length; at++) {
    const directory = waiting[at];
    if (!directory) return;
    const pinned = await pin(directory, at === 0);
    if (!pinned) continue;
    try {
      for (const name of await namesIn(pinned.path)) {
        signal.throwIfAborted();
        const openPath = join(pinned.path, name);
        const stats = await lstat(openPath).catch(ignoring('ENOENT'));
        if (!stats) continue;
        const entry = { real: join(directory.real, name), shown: join(directory.shown, name), openPath, stats };
        yield entry;
        const enter = recursive && stats.isDirectory() && !NOT_ENTERED.has(name) && waiting.length < MAX_NAMES;
        if (enter) waiting.push(entry);
      }
    } finally {
      await pinned.close();
    }
  }
}

/** A line break in a name would forge a separate entry. */
export function visibleName(name: string): string {
  return name.replace(/[\x00-\x1f\x7f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

// ---

interface Directory {
  readonly real: string;
  readonly shown: string;
}

/** A directory below that vanished or may not be read is left out; the one that was asked for is not. */
async function pin({ real }: Directory, first: boolean): Promise<HeldDirectory | undefined> {
  try {
    return await pinDirectory(real);
  } catch (error) {
    if (first) throw error;
    return undefined;
  }
}

async function namesIn(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of await opendir(path)) {
    if (names.push(entry.name) >= MAX_NAMES) break;
  }
  return names.sort();
}
