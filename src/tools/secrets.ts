/**
 * Finds the credential files of a workspace. Looks at names only, opens nothing, follows no symlink into a directory.
 * What packages bring along (`node_modules`) and git keeps is passed over.
 */
import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isCredential, isCredentialDirectory } from '../domain/credentials.js';

export { isCredential } from '../domain/credentials.js';

export interface Credentials {
  /** Absolute, by the names under which they were found; directories of which everything counts are whole. */
  readonly paths: readonly string[];
  /** False: the workspace has more directories than are looked through. */
  readonly complete: boolean;
}

/** At once, for who has to decide now. */
export function credentialsIn(workspace: string): Credentials {
  const look = looking(workspace);
  for (let step = look.next(); ; step = look.next()) if (step.done) return step.value;
}

/** The same, and lets others have their turn meanwhile. */
export async function findCredentials(workspace: string): Promise<Credentials> {
  const look = looking(workspace);
  for (let count = 1; ; count++) {
    const step = look.next();
    if (step.done) return step.value;
    if (count % TURN === 0) await nextTurn();
  }
}

// ---

const MAX_DIRECTORIES = 20_000;
/** Directories that are looked through in one go. */
const TURN = 100;
const PASSED_OVER: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** A step for each directory. */
function* looking(workspace: string): Generator<void, Credentials, void> {
  const paths: string[] = [];
  const waiting = [workspace];
  for (let at = 0; at < waiting.length; at++) {
    if (at === MAX_DIRECTORIES) return { paths, complete: false };
    const directory = waiting[at] ?? '';
    for (const entry of entriesOf(directory)) {
      const path = join(directory, entry.name);
      const shown = path.slice(workspace.length);
      if (entry.isDirectory()) {
        if (isCredentialDirectory(shown)) paths.push(path);
        else if (!PASSED_OVER.has(entry.name)) waiting.push(path);
      } else if (isCredential(shown) || (entry.isSymbolicLink() && leadsToCredential(path))) paths.push(path);
    }
    yield;
  }
  return { paths, complete: true };
}

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    // What cannot be read here cannot be read by a command either.
    return [];
  }
}

/** A link of a harmless name. */
function leadsToCredential(path: string): boolean {
  try {
    return isCredential(realpathSync(path));
  } catch {
    return false;
  }
}
