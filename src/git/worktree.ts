/**
 * The git work tree of a task: made in the person's repository, on a branch of its own, in a directory of ours. Making it
 * again after a kill at any moment starts anew, because no step of the task has run before it is ready.
 */
import { mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import type { WorktreeStart } from '../domain/protocol.js';
import { withLock } from '../files/file-lock.js';
import { isDirectory } from '../files/is-directory.js';
import type { Environment } from '../processes/command-environment.js';
import { problemOfNamedRepository } from '../tools/repository.js';
import { type ReadyBaseline, readBaseline, type TaskWorktree, writeBaseline } from './baseline.js';
import { type Git, gitIn } from './git.js';
import { type Merging, planMerge, takeStep } from './merge.js';
import { type Snapshots, takeSnapshot } from './snapshot.js';
import { comparedTrees } from './task-changes.js';
import type { WorkTreePlace } from './work-tree.js';

export interface WorktreeTask {
  readonly id: string;
  readonly name?: string | undefined;
  readonly start: WorktreeStart;
  /** Where it is to be. */
  readonly path: string;
  /** The file of its baseline. */
  readonly baseline: string;
  /** That of the task of which this one is a fork: what is in its work tree is taken over. */
  readonly source?: string | undefined;
}

export const BRANCHES = 'rookery';

/** Throws a RookeryError `environment`: a person must look at the repository. */
export async function makeWorktree(snapshots: Snapshots, task: WorktreeTask): Promise<void> {
  if (await isReady(task)) return;
  await mkdir(dirname(task.path), { recursive: true, mode: 0o700 });
  await withLock(
    `${task.baseline}~lock`,
    async () => {
      if (await isReady(task)) return;
      try {
        await make(snapshots, task);
      } catch (error) {
        const message = `The worktree of the task cannot be made from ${task.start.repository}: ${sentenceOf(error)}`;
        throw new RookeryError('environment', message, { cause: error });
      }
    },
    MAKE_MS,
  );
}

/** @returns why no work tree may be made from the repository: git would run what its settings name */
export function problemOfSource(repository: string, env: Environment): string | undefined {
  return problemOfNamedRepository(repository, env);
}

/** Removes work tree and branch. @returns why something of it is left; undefined when nothing is */
export async function removeWorktree(
  { env }: Snapshots,
  { path, repository, branch }: TaskWorktree,
): Promise<string | undefined> {
  const git = (await isDirectory(repository)) ? gitIn(repository, env) : undefined;
  await git?.ask('worktree', 'remove', '--force', '--force', path);
  await rm(path, { recursive: true, force: true, maxRetries: 2 });
  if (!git) return undefined;
  await removeEntry(git, repository, path);
  if ((await git.ask('rev-parse', '-q', '--verify', `refs/heads/${branch}`)) === undefined) return undefined;
  const gone = await git.ask('branch', '-D', branch);
  return gone === undefined ? `the branch ${branch} is kept: it is checked out elsewhere` : undefined;
}

// ---

const MAKE_MS = 10 * 60_000;

async function isReady({ baseline, path }: WorktreeTask): Promise<boolean> {
  const noted = await readBaseline(baseline);
  return noted?.kind === 'ready' && noted.end === undefined && (await isDirectory(path));
}

async function make(snapshots: Snapshots, task: WorktreeTask): Promise<void> {
  const { start, baseline } = task;
  const { repository, commit, directory } = start;
  if (!(await isDirectory(repository))) throw new Error('there is no such directory');
  const problem = problemOfSource(repository, snapshots.env);
  if (problem !== undefined) throw new Error(problem);
  const git = gitIn(repository, snapshots.env);
  // The sandbox compares it with what git has noted.
  const path = join(await realpath(dirname(task.path)), basename(task.path));
  const noted = await readBaseline(baseline);
  const branch = noted && 'worktree' in noted && noted.worktree ? noted.worktree.branch : await freeBranch(git, task);
  const worktree: TaskWorktree = { path, repository, commit, branch };
  // Of one that a person has removed the changes are compared with what it began with.
  const before = noted?.kind === 'ready' ? noted : undefined;
  if (!before) await writeBaseline(baseline, { kind: 'making', worktree });
  await rm(path, { recursive: true, force: true });
  await removeEntry(git, repository, path);
  await removeLock(join(await commonDirectory(git, repository), 'refs', 'heads', `${branch}.lock`));
  const exists = (await git.ask('rev-parse', '-q', '--verify', `refs/heads/${branch}`)) !== undefined;
  const from = exists ? [path, branch] : ['--no-track', '-b', branch, path, commit];
  await git('worktree', 'add', '-q', '-f', ...from);
  if (!(await isDirectory(join(path, directory)))) throw new Error(`commit ${commit} has no directory ${directory}`);
  await closeEntry(snapshots, repository, path);
  const { tree } = before ?? (await takeSnapshot(snapshots, { top: path, directory }));
  const target = { top: path, directory };
  if (before?.end !== undefined) await bring(snapshots, { source: path, from: tree, to: before.end, target });
  else if (task.source !== undefined && !before) await takeOver(snapshots, task.source, target);
  const { end: _, ...rest } = before ?? {};
  const ready: ReadyBaseline = { ...rest, kind: 'ready', top: path, directory, commit, tree, worktree };
  await writeBaseline(baseline, ready);
}

/** The conversation of a fork speaks of these changes. Without the other work tree it starts from the commit alone. */
async function takeOver(snapshots: Snapshots, source: string, target: WorkTreePlace): Promise<void> {
  const other = await readBaseline(source);
  if (other?.kind !== 'ready' || !other.worktree) return;
  if (other.end === undefined && !(await isDirectory(other.top))) return;
  const { from, to } = await comparedTrees(snapshots, other);
  await bring(snapshots, { source: other.top, from, to, target });
}

async function bring(snapshots: Snapshots, merging: Merging): Promise<void> {
  const plan = await planMerge(snapshots, merging);
  if (plan.kind === 'step' && plan.present !== plan.next) await takeStep(snapshots, merging, plan);
}

/** A short name where no other task has it. */
async function freeBranch(git: Git, { id, name, baseline }: WorktreeTask): Promise<string> {
  const whole = basename(baseline).split('~', 1)[0] ?? id;
  const short = /^[0-9a-f]{8}-/.test(whole) ? whole.slice(0, 8) : whole;
  const words = wordsOf(name ?? '');
  for (const one of [short, whole].map((text) => `${BRANCHES}/${words}${words === '' ? '' : '-'}${plain(text)}`)) {
    const isFree = (await git.ask('rev-parse', '-q', '--verify', `refs/heads/${one}`)) === undefined;
    if (isFree && (await git.ask('check-ref-format', '--branch', one)) !== undefined) return one;
  }
  throw new Error(`the branch ${BRANCHES}/${plain(whole)} exists already`);
}

function wordsOf(name: string): string {
  const words = name.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.join('-').slice(0, 40).replace(/-$/, '');
}

/** What a branch may be called. */
function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9-]+/g, '-').replace(/^-+|-+$/g, '') || 'task';
}

/**
 * The sandbox lets a command write what git keeps for the work tree. What could name programs there, and what it writes of
 * the repository, must exist: only that can be made read-only, or writable.
 */
async function closeEntry({ env }: Snapshots, repository: string, path: string): Promise<void> {
  const entry = (await gitIn(path, env)('rev-parse', '--absolute-git-dir')).trim();
  await mkdir(join(entry, 'modules'), { recursive: true });
  await writeFile(join(entry, 'config.worktree'), '', { flag: 'a' });
  const common = await commonDirectory(gitIn(repository, env), repository);
  // With another kind of storage for branches there are no such directories.
  for (const refs of ['refs/heads', 'logs/refs/heads'])
    await mkdir(join(common, refs, BRANCHES), { recursive: true }).catch(() => undefined);
}

async function commonDirectory(git: Git, repository: string): Promise<string> {
  return resolve(repository, (await git('rev-parse', '--git-common-dir')).trim());
}

/** What git has noted of a work tree at this path: a kill may have left it incomplete, or locked. */
async function removeEntry(git: Git, repository: string, path: string): Promise<void> {
  const entry = join(await commonDirectory(git, repository), 'worktrees', basename(path));
  if (!(await isDirectory(entry))) return;
  const pointer = await readFile(join(entry, 'gitdir'), 'utf8').catch(() => '');
  const isOther = pointer.trim() !== '' && dirname(pointer.trim()) !== path;
  if (!isOther) await rm(entry, { recursive: true, force: true });
}

/** A git that outlived its worker is done with a branch in less. */
const LOCK_MS = 2_000;

/** A git that was killed leaves the lock of its branch, which no other one may have. */
async function removeLock(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return;
  await pause(Math.max(0, LOCK_MS - (Date.now() - found.mtimeMs)));
  await rm(path, { force: true });
}
