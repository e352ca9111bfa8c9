/**
 * The paths in the workspace that a command must not change, because other programs run what is written there. Makes
 * stand-ins for those that do not exist, notes them on disk first, and removes them after the last command that relies
 * on them, or when the next command or worker finds that their maker was killed. Mounts nothing.
 *
 * Stand-ins are needed because a mount needs a name to lie on, and nothing else holds a name free on common kernels:
 * - An overlay with the workspace as its upper layer forbids changes to the workspace from outside while it is mounted,
 *   and a second command on it; as its lower layer, what a command writes would have to be copied back after its end.
 *   Both need bubblewrap 0.11, and the second loses the work of a command that is killed.
 * - Landlock denies by directory and not by name, so nothing new could be made at the top of the workspace.
 * - A seccomp filter sees no paths, and a supervisor that reads them can be raced.
 * - A private directory with each entry mounted in it keeps new entries and renames out of the workspace.
 * - Looking and undoing afterwards leaves time for another program to run what was written, or for ever after a kill.
 * The kernel has no way to hide a name from those who list its directory: inside, and outside while a command runs, they
 * show as empty directories. Only git is told to ignore them.
 */
import { lstatSync, mkdirSync, type Stats, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { isRestorable } from '../domain/restorable.js';
import { codeOf, ignoring } from '../files/errors.js';
import {
  deepestFirst,
  identityOf,
  isStill,
  noteDurably,
  removeNoted,
  STAND_IN_BIT,
  type StandIn,
  type Standing,
  type TemporaryNote,
  withNotes,
} from '../files/temporary-notes.js';
import { type Guarded, guardedPaths } from './protected-paths.js';

export interface Protection {
  /** Absolute paths that become read-only. */
  readonly fixed: readonly string[];
  /** Those of them that are stand-ins. */
  readonly standIns: readonly string[];
  /** Removes the stand-ins that no other command relies on. */
  release(): Promise<void>;
}

export interface ProtectedPlace {
  /** Real path. */
  readonly workspace: string;
  /** The files that shells read in a home are protected too. */
  readonly isHome: boolean;
  /** The directory of the notes, which processes that share workspaces share. */
  readonly notes: string;
  /** A git command that a person has approved: what projects commit may be written. Never in a home. */
  readonly restoring?: boolean;
}

/** Throws a RookeryError for a symlink: a mount would land on its target, and the link could be replaced. */
export async function protect({ workspace, isHome, notes, restoring }: ProtectedPlace): Promise<Protection> {
  return withNotes(notes, async (standing) => {
    const guarded = await guardedPaths(workspace, { isHome, standing });
    const existing: string[] = [];
    const wanted: StandIn[] = [];
    for (const one of guarded) {
      if (restoring && !isHome && isRestorable(relative(workspace, one.path))) continue;
      const found = lstatIfThere(one.path);
      if (found?.isSymbolicLink()) throw symlinkError(one.path);
      if (found && !isStandIn(one.path, found, standing)) existing.push(one.path);
      else wanted.push(notedOf(one));
    }
    if (wanted.length === 0) return { fixed: existing, standIns: [], release: async () => undefined };
    const note = await noteDurably(notes, wanted);
    // Where the worker can create nothing, the command cannot either.
    const made = wanted.flatMap((thing) => place(thing) ?? []);
    try {
      note.complete(made);
    } catch (error) {
      for (const thing of deepestFirst(made)) if (!standing.has(thing.path)) removeNoted(thing);
      note.remove();
      throw error;
    }
    const standIns = made.map(({ path }) => path);
    return { fixed: [...existing, ...standIns], standIns, release: () => release({ notes, made, note }) };
  });
}

/**
 * The directories between the workspace and these paths, outermost first. A directory can be renamed with the mounts
 * in it, unless it is a mount itself.
 */
export function pinsOf(workspace: string, paths: readonly string[]): string[] {
  const pins = new Set<string>();
  for (const path of paths) {
    for (let at = dirname(path); at.length > workspace.length && at.startsWith(`${workspace}/`); at = dirname(at))
      pins.add(at);
  }
  return [...pins].sort((one, other) => one.length - other.length);
}

// ---

/** An empty directory as `commondir` would break git; this content has the same effect as no file. */
const COMMONDIR_TEXT = '.\n';

interface Placed {
  readonly notes: string;
  readonly made: readonly StandIn[];
  readonly note: TemporaryNote;
}

/**
 * The note goes last: a kill in between leaves what the next process removes. So does a full disk, on which no lock can
 * be made: the result of the command counts more.
 */
async function release({ notes, made, note }: Placed): Promise<void> {
  const remove = async (others: Standing): Promise<void> => {
    for (const thing of deepestFirst(made)) if (!others.has(thing.path)) removeNoted(thing);
    note.remove();
  };
  await withNotes(notes, remove, note).catch(() => undefined);
}

function notedOf({ path, kind }: Guarded): StandIn {
  return kind === 'common' ? { kind: 'file', path, text: COMMONDIR_TEXT } : { kind: 'directory', path };
}

function isStandIn(path: string, found: Stats, standing: Standing): boolean {
  const noted = standing.get(path);
  return noted !== undefined && isStill(noted, found);
}

/** @returns the thing with its identity; undefined when nothing can be created there */
function place(thing: StandIn): StandIn | undefined {
  try {
    if (thing.kind === 'file') writeFileSync(thing.path, thing.text, { mode: 0o644 | STAND_IN_BIT, flag: 'wx' });
    else mkdirSync(thing.path, 0o755 | STAND_IN_BIT);
  } catch (error) {
    // One that another command has made.
    if (codeOf(error) !== 'EEXIST') return undefined;
  }
  return { ...thing, id: identityOf(lstatSync(thing.path)) };
}

function lstatIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    return ignoring('ENOENT', 'ENOTDIR')(error);
  }
}

function symlinkError(path: string): RookeryError {
  return new RookeryError('environment', `The sandbox cannot protect ${path}, because it is a symlink.`, {
    hint: 'Replace it with its target.',
  });
}
