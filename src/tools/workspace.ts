/**
 * Confines file tools: every path resolves within the workspace, symlinks included, and what was opened is
 * checked again, because a link can be swapped between check and open. Every file tool uses it.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { isCredential } from '../domain/credentials.js';
import { Refusal } from '../domain/errors.js';
import { quotedPath } from '../domain/visible.js';
import { codeOf, ignoring } from '../files/errors.js';
import { isWithin } from '../files/paths.js';
import type { ToolContext } from './tool.js';

export interface WorkspacePath {
  /** Real path of the workspace. */
  readonly root: string;
  /** Where the path leads with all symlinks followed; the last parts may not exist. */
  readonly real: string;
  /** The path as the model should see it: relative to the workspace, `.` for the workspace itself. */
  readonly shown: string;
}

/** Throws a Refusal for a path that leads outside. */
export async function resolveInside(workspace: string, path: string): Promise<WorkspacePath> {
  assertPlainPath(path);
  const root = await rootOf(workspace);
  await refuseShellSpelling(root, path);
  const lexical = resolve(workspace, path);
  const base = [resolve(workspace), root].find((candidate) => isWithin(candidate, lexical));
  if (base === undefined) throw outside(path);
  const real = await follow(join(root, relative(base, lexical)), path);
  if (!isWithin(root, real)) throw outside(path);
  return { root, real, shown: relative(base, lexical) || '.' };
}

/** As `resolveInside`, and refuses credential files unless the context has them. */
export async function resolveForTool(context: ToolContext, path: string): Promise<WorkspacePath> {
  const place = await resolveInside(context.workspace, path);
  if (!context.secrets && (isCredential(place.shown) || isCredential(place.real))) {
    throw new Refusal(
      `${quotedPath(path)} looks like a file with credentials and is not opened; the person can allow it with --allow secrets.`,
    );
  }
  return place;
}

export interface OpenedFile {
  readonly file: FileHandle;
  readonly size: number;
}

/**
 * A regular file, exactly the one that was resolved. Never blocks: a pipe without a writer would hang for ever. A hard
 * link cannot be told from what it is one of: a program that could create it may have it read, and it is never written
 * in place.
 */
export async function openFile(place: WorkspacePath, flags: number = constants.O_RDONLY): Promise<OpenedFile> {
  const file = await openExact(place.real, flags | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw new Refusal(`${quotedPath(place.shown)} is a directory; use list_files.`);
    if (!stats.isFile()) throw new Refusal(`${quotedPath(place.shown)} is not a regular file.`);
    return { file, size: stats.size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A directory held open: names under `path` cannot be redirected by renaming its parents. */
export interface HeldDirectory {
  readonly path: string;
  close(): Promise<void>;
}

export async function pinDirectory(real: string): Promise<HeldDirectory> {
  const handle = await openExact(real, constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: ON_LINUX ? `/proc/self/fd/${handle.fd}` : real, close: () => handle.close() };
}

/** The directory of a file that is to be written, made if it is missing. */
export async function pinParent(place: WorkspacePath): Promise<HeldDirectory> {
  const missing: string[] = [];
  let at = dirname(place.real);
  while (at !== place.root && (await lstat(at).catch(ignoring('ENOENT'))) === undefined) {
    missing.unshift(at);
    at = dirname(at);
  }
  let pinned = await pinDirectory(at);
  for (const directory of missing) {
    const outer = pinned;
    try {
      await mkdir(join(outer.path, relative(dirname(directory), directory))).catch(ignoring('EEXIST'));
      pinned = await pinDirectory(directory);
    } finally {
      await outer.close();
    }
  }
  return pinned;
}

// ---

const ON_LINUX = process.platform === 'linux';
const MAX_PATH = 4096;

function assertPlainPath(path: string): void {
  if (path.includes('\0')) throw new Refusal('The path holds a NUL character; give a plain path.');
  if (/^file:/i.test(path)) throw new Refusal(`${quotedPath(path)} is a URL; give a path relative to the workspace.`);
  if (path.length > MAX_PATH)
    throw new Refusal(`The path has ${path.length} characters; at most ${MAX_PATH} are allowed.`);
}

/** `~/x`, `$HOME/x`: a model that means the home would get a directory of that name. `$id.tsx` is a name. */
const SHELL_SPELLING = /^(~[\w.-]*|\$[A-Z_][A-Z0-9_]*|\$\{\w+\})(\/|$)/;

async function refuseShellSpelling(root: string, path: string): Promise<void> {
  const [, name] = SHELL_SPELLING.exec(path) ?? [];
  if (name === undefined || (await lstat(join(root, name)).catch(ignoring('ENOENT'))) !== undefined) return;
  throw new Refusal(
    `${quotedPath(path)} begins with ${name}, which is not expanded here; give a path relative to the workspace, such as ./${path.slice(name.length + 1)}`,
  );
}

async function rootOf(workspace: string): Promise<string> {
  if (!isAbsolute(workspace)) throw new Refusal('The workspace is not an absolute path; the person must set it.');
  try {
    return await realpath(workspace);
  } catch {
    throw new Refusal('The workspace directory no longer exists; the person must restore it.');
  }
}

/** Real path of the deepest part that exists, and the rest behind it. */
async function follow(lexical: string, path: string): Promise<string> {
  const rest: string[] = [];
  for (let at = lexical; ; at = dirname(at)) {
    try {
      return join(await realpath(at), ...rest);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    // A link that leads nowhere today may lead outside tomorrow, when the file is written through it.
    const found = await lstat(at).catch(ignoring('ENOENT'));
    if (found?.isSymbolicLink()) throw new Refusal(`${quotedPath(path)} goes through a symlink without a target.`);
    rest.unshift(relative(dirname(at), at));
  }
}

/** Fails when the path was swapped meanwhile. A file that was replaced while being opened is opened again. */
async function openExact(real: string, flags: number): Promise<FileHandle> {
  for (let attempt = 1; ; attempt++) {
    const handle = await open(real, flags | constants.O_NOFOLLOW, 0o666);
    try {
      const opened = ON_LINUX ? await readlink(`/proc/self/fd/${handle.fd}`) : await realpath(real);
      if (opened === real) return handle;
      if (attempt >= 5 || opened !== `${real} (deleted)`) {
        throw new Refusal('The path changed while it was being opened; try again.');
      }
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
  }
}

function outside(path: string): Refusal {
  return new Refusal(`${quotedPath(path)} is outside the workspace; give a path relative to the workspace.`);
}
