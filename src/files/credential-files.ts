/**
 * Finds the credential files of a workspace. Looks at names only, opens nothing, follows no symlink into a directory.
 * Skips `node_modules` and `.git`.
 */
import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isCredential, isCredentialDirectory } from '../domain/credentials.js';
import { isWithin } from './paths.js';

export interface Credentials {
  /** Absolute paths, one for each name that leads to a file; a directory stands for all its files. */
  readonly paths: readonly string[];
  /** Symlinks that lead out of the workspace. */
  readonly leaving: readonly string[];
  /** False when the workspace has more directories than are searched. */
  readonly complete: boolean;
}

/** Synchronous, for immediate decisions. */
export function credentialsIn(workspace: string): Credentials {
  const searching = search(workspace);
  for (let step = searching.next(); ; step = searching.next()) if (step.done) return step.value;
}

/** Like `credentialsIn`, but yields to the event loop. */
export async function findCredentials(workspace: string): Promise<Credentials> {
  const searching = search(workspace);
  for (let count = 1; ; count++) {
    const step = searching.next();
    if (step.done) return step.value;
    if (count % DIRECTORIES_PER_TURN === 0) await nextTurn();
  }
}

// ---

const MAX_DIRECTORIES = 20_000;
/** Directories that are searched before it yields. */
const DIRECTORIES_PER_TURN = 100;
const SKIPPED_DIRECTORIES: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** A step for each directory. */
function* search(workspace: string): Generator<void, Credentials, void> {
  const paths: string[] = [];
  const links: string[] = [];
  const waiting = [workspace];
  for (let at = 0; at < waiting.length; at++) {
    if (at === MAX_DIRECTORIES) return { paths, leaving: [], complete: false };
    const directory = waiting[at] ?? '';
    for (const entry of entriesOf(directory)) {
      const path = join(directory, entry.name);
      const shown = path.slice(workspace.length);
      if (entry.isSymbolicLink()) links.push(path);
      if (entry.isDirectory() ? isCredentialDirectory(shown) : isCredential(shown)) paths.push(path);
      else if (entry.isDirectory() && !SKIPPED_DIRECTORIES.has(entry.name)) waiting.push(path);
    }
    yield;
  }
  const { aliases, leaving } = resolveLinks(workspace, paths, links);
  return { paths: [...new Set([...paths, ...aliases])], leaving, complete: true };
}

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    // What cannot be read here cannot be read by a command either.
    return [];
  }
}

/** Links may lead to a credential file by a harmless name, or to a directory with some in it. */
function resolveLinks(workspace: string, paths: readonly string[], links: readonly string[]) {
  const root = realOf(workspace) ?? workspace;
  const real = paths.map((path) => path.replace(workspace, root));
  const aliases: string[] = [];
  const leaving: string[] = [];
  for (const link of links) {
    const target = realOf(link);
    if (target === undefined) continue;
    if (isCredential(target)) aliases.push(link);
    else if (!isWithin(root, target)) leaving.push(link);
    else
      aliases.push(...real.filter((path) => isWithin(target, path)).map((path) => join(link, relative(target, path))));
  }
  return { aliases, leaving };
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
