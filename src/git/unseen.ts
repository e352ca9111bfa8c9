/**
 * What would be lost with the work tree of a task besides the changes that a snapshot has: commits, and files that are in no
 * snapshot. Writes nothing.
 */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadyBaseline } from './baseline.js';
import { type Git, gitIn } from './git.js';
import { type Snapshots, sideOf } from './snapshot.js';

/** Of what is named in a sentence. */
const MOST_NAMES = 3;

/** @returns what there is, as the end of a sentence; undefined when nothing is. Throws when git fails. */
export async function unseenIn(snapshots: Snapshots, baseline: ReadyBaseline): Promise<string | undefined> {
  const { top, directory, worktree } = baseline;
  if (!worktree) return undefined;
  const { branch, commit } = worktree;
  const own = gitIn(top, snapshots.env);
  const tip = await own.ask('rev-parse', '-q', '--verify', `refs/heads/${branch}`);
  const heads = [(await own('rev-parse', 'HEAD')).trim(), tip ?? commit];
  if (heads.some((head) => head !== commit)) return `commits on its branch ${branch}`;
  // By the index of the last snapshot: the settings of a repository of ours run no program.
  const git = gitIn(top, snapshots.env, { side: sideOf(snapshots, top) });
  const names = [...(await filesWithoutSnapshot(git, directory)), ...(await submodules(git, top))];
  if (names.length === 0) return undefined;
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `files that are not taken over (${names.slice(0, MOST_NAMES).join(', ')}${more})`;
}

// ---

/** What git ignores, repositories in the work tree, and what has changed outside of the directory in which the task works. */
async function filesWithoutSnapshot(git: Git, directory: string): Promise<string[]> {
  const listed = async (...options: readonly string[]): Promise<string[]> =>
    (await git('ls-files', '-z', '--exclude-standard', ...options)).split('\0').filter((name) => name !== '');
  const ignored = await listed('-o', '-i', '--directory', '--no-empty-directory');
  const repositories = (await listed('-o')).filter((name) => name.endsWith('/'));
  const outside =
    directory === '' ? [] : await listed('-m', '-o', '--', ':(top)', `:(top,exclude,literal)${directory}`);
  return [...new Set([...ignored, ...repositories, ...outside])];
}

/** One that was filled has a repository of its own. */
async function submodules(git: Git, top: string): Promise<string[]> {
  const listed = (await git('ls-files', '-s', '-z')).split('\0').filter((line) => line.startsWith('160000 '));
  const names = listed.map((line) => line.slice(line.indexOf('\t') + 1));
  const filled = await Promise.all(names.map((name) => hasEntries(join(top, name))));
  return names.filter((_, at) => filled[at]);
}

async function hasEntries(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && (!found.isDirectory() || (await readdir(path)).length > 0);
}
