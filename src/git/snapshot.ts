/**
 * Takes the state of a work tree as a tree object in a repository of ours: what is committed, changed and untracked,
 * without what git ignores. Nothing of the person's repository is written. Two snapshots of one work tree differ in what
 * has changed in between, whatever was committed or checked out.
 */
import { createHash, randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import {
  access,
  appendFile,
  copyFile,
  lstat,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { withLock } from '../files/file-lock.js';
import { isDirectory } from '../files/is-directory.js';
import type { Environment } from '../processes/command-environment.js';
import { type Git, gitIn, repositoryIn } from './git.js';
import { initSideRepository, READY } from './side-repository.js';
import type { WorkTreePlace } from './work-tree.js';

export interface Snapshots {
  /** A directory of ours. */
  readonly root: string;
  readonly env: Environment;
  /** As `performance.now()` counts. Default: none. */
  readonly deadline?: number;
}

export interface Snapshot {
  /** Its repository. */
  readonly side: string;
  /** Name of the tree object. */
  readonly tree: string;
}

/** The repository of ours for snapshots of a work tree. */
export function sideOf({ root }: Pick<Snapshots, 'root'>, top: string): string {
  return join(root, createHash('sha256').update(top).digest('hex').slice(0, 32));
}

/** Throws when git fails, takes too long, or has too much to read. */
export async function takeSnapshot(snapshots: Snapshots, place: WorkTreePlace): Promise<Snapshot> {
  const side = await openSide(snapshots, place.top);
  await sweepSide(side);
  const take = (): Promise<string> =>
    withIndex(snapshots, { top: place.top, side, seed: join(side, 'index') }, async (git) => {
      await addChanges(git, place);
      return (await git('write-tree')).trim();
    });
  // Another repository may lie there by now, without what the index names.
  const tree = await take().catch(async (error) => {
    await prepareSide(snapshots, place.top, side).catch(() => {
      throw error;
    });
    return take();
  });
  return { side, tree };
}

/** Of a work tree that is gone. */
export async function removeSide(snapshots: Pick<Snapshots, 'root'>, top: string): Promise<void> {
  await rm(sideOf(snapshots, top), { recursive: true, force: true });
}

export interface SideIndex {
  readonly top: string;
  readonly side: string;
  /** Object directories that are read besides. */
  readonly alternates?: readonly string[];
  /** The index file to begin with, and to write in the end. */
  readonly seed: string;
}

/** Runs git with an index that no other process uses; it becomes the seed of the next one. */
export async function withIndex<T>(
  { env, deadline }: Snapshots,
  { top, side, seed, alternates = [] }: SideIndex,
  work: (git: Git) => Promise<T>,
): Promise<T> {
  const index = join(side, `${TEMPORARY}${randomUUID()}`);
  try {
    await copyIndex(seed, index);
    const result = await work(
      gitIn(top, env, { side, index, alternates, ...(deadline === undefined ? {} : { deadline }) }),
    );
    await rename(index, seed);
    return result;
  } finally {
    await rm(index, { force: true });
  }
}

/** Takes what has changed in the directory into the index. Does not look into repositories within it. */
export async function addChanges(git: Git, { top, directory }: WorkTreePlace): Promise<void> {
  const where = directory === '' ? [] : ['--', `:(top,literal)${directory}`];
  const listed = await git.bytes(['ls-files', '-z', '-m', '-o', '--exclude-standard', ...where]);
  const names = withoutRepositories(listed);
  const { present, replaced } = await lookAt(top, names);
  await updateIndex(git, ['--force-remove'], replaced);
  // A file that cannot be read would end it.
  await updateIndex(git, ['--add', '--remove', '--replace'], present).catch(async (error) => {
    const readable = await readableOf(top, present);
    if (readable.length === present.length) throw error;
    await updateIndex(git, ['--add', '--remove', '--replace'], readable);
  });
}

// ---

const TEMPORARY = 'index-';
/** Of a process that was killed. */
const LEFTOVER_MS = 60 * 60_000;
const LOCK_MS = 60_000;
const MOST_FILES = 50_000;
const MOST_BYTES = 200_000_000;

/** The settings of a person's repository that say how its files are read and written. They run no program. */
const FILE_SETTINGS = /^core\.(autocrlf|eol|filemode|symlinks|ignorecase|precomposeunicode)$/;

async function openSide(snapshots: Snapshots, top: string): Promise<string> {
  const side = sideOf(snapshots, top);
  if (!(await isDirectory(join(side, READY)))) await prepareSide(snapshots, top, side);
  return side;
}

async function prepareSide(snapshots: Snapshots, top: string, side: string): Promise<void> {
  const { root, env, deadline } = snapshots;
  await mkdir(root, { recursive: true, mode: 0o700 });
  const options = deadline === undefined ? {} : { deadline };
  const theirs = gitIn(top, env, options);
  const repository = await repositoryIn(top, theirs);
  if (typeof repository === 'string') throw new Error(repository);
  const prepare = async (): Promise<void> => {
    await initSideRepository(gitIn(top, env, { ...options, side }), side, repository);
    // No program that attributes name is run.
    await mkdir(join(side, 'info'), { recursive: true });
    await writeFile(join(side, 'info', 'attributes'), '* -filter\n');
    await copySettings(theirs, side);
    const index = resolve(top, (await theirs('rev-parse', '--git-path', 'index')).trim());
    await seedIndex(snapshots, { top, side, index, head: repository.head });
    await mkdir(join(side, READY), { recursive: true });
  };
  const patience = deadline === undefined ? LOCK_MS : Math.max(1, deadline - performance.now());
  await withLock(`${side}~lock`, prepare, patience);
}

/** All at once: a run of git for each would take as long as all the rest. */
async function copySettings(theirs: Git, side: string): Promise<void> {
  const listed = await theirs('config', '--list', '-z');
  const lines = listed.split('\0').flatMap((text) => {
    const [key = '', value = ''] = text.split('\n', 2);
    return FILE_SETTINGS.test(key) && /^[a-z]+$/i.test(value) ? [`\t${key.slice('core.'.length)} = ${value}`] : [];
  });
  if (lines.length > 0) await appendFile(join(side, 'config'), ['[core]', ...lines, ''].join('\n'));
}

interface Seed {
  readonly top: string;
  readonly side: string;
  /** Of the person: with it git need not read each file. */
  readonly index: string;
  readonly head: string | undefined;
}

async function seedIndex(snapshots: Snapshots, { top, side, index, head }: Seed): Promise<void> {
  const seed = join(side, 'index');
  const read = head === undefined ? ['read-tree', '--empty'] : ['read-tree', '--reset', head];
  await copyIndex(index, seed);
  // It may have parts that lie elsewhere.
  await withIndex(snapshots, { top, side, seed }, (git) => git(...read)).catch(async () => {
    await rm(seed, { force: true });
    await withIndex(snapshots, { top, side, seed }, (git) => git(...read));
  });
}

/**
 * Git takes a file that changed in the second in which the index was written for one that it must read again: the copy
 * keeps that time.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(from);
    await copyFile(from, to);
    await utimes(to, Math.floor(mtimeMs / 1000), Math.floor(mtimeMs / 1000));
  } catch {
    // There is none yet.
    await rm(to, { force: true });
  }
}

/** A directory with a slash at its end is a repository in the work tree: its settings are not ours to read. */
function withoutRepositories(listed: Buffer): Buffer[] {
  const names = new Map<string, Buffer>();
  for (let from = 0; from < listed.length; ) {
    const end = listed.indexOf(0, from);
    const name = listed.subarray(from, end);
    if (name.at(-1) !== SLASH) names.set(name.toString('latin1'), name);
    if (names.size > MOST_FILES) throw new Error(`more than ${MOST_FILES} files are new or have changed`);
    from = end + 1;
  }
  return [...names.values()];
}

const SLASH = 0x2f;

function pathIn(top: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${top}/`), name]);
}

interface Looked {
  readonly present: readonly Buffer[];
  /** Files that are directories now, and no repositories. */
  readonly replaced: readonly Buffer[];
}

/** Throws when there is too much to read. */
async function lookAt(top: string, names: readonly Buffer[]): Promise<Looked> {
  const present: Buffer[] = [];
  const replaced: Buffer[] = [];
  let bytes = 0;
  for (const name of names) {
    const path = pathIn(top, name);
    const found = await lstat(path).catch(() => undefined);
    const isPlain = found?.isDirectory() && !existsSync(Buffer.concat([path, Buffer.from('/.git')]));
    (isPlain ? replaced : present).push(name);
    if (found?.isFile()) bytes += found.size;
    if (bytes > MOST_BYTES)
      throw new Error(`the files that are new or have changed take more than ${MOST_BYTES} bytes`);
  }
  return { present, replaced };
}

async function updateIndex(git: Git, options: readonly string[], names: readonly Buffer[]): Promise<void> {
  if (names.length === 0) return;
  const input = Buffer.concat(names.flatMap((name) => [name, Buffer.of(0)]));
  await git.bytes(['update-index', '-z', ...options, '--stdin'], { input });
}

async function readableOf(top: string, names: readonly Buffer[]): Promise<Buffer[]> {
  const readable: Buffer[] = [];
  for (const name of names) {
    const path = pathIn(top, name);
    const found = await lstat(path).catch(() => undefined);
    const isReadable = await access(path, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (!found?.isFile() || isReadable) readable.push(name);
  }
  return readable;
}

/** Index files that a killed process left. */
async function sweepSide(side: string): Promise<void> {
  for (const name of await readdir(side).catch((): string[] => [])) {
    if (!name.startsWith(TEMPORARY)) continue;
    const found = await lstat(join(side, name)).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > LEFTOVER_MS) await rm(join(side, name), { force: true });
  }
}
