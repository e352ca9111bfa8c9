/**
 * What would be lost with the work tree of a task besides the changes that a snapshot has: commits, and files that are in no
 * snapshot. Writes nothing.
 */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../processes/command-environment.js';
import type { ReadyBaseline, TaskWorktree } from './baseline.js';
import { type Git, gitIn } from './git.js';

/** Of what is named in a sentence. */
const MOST_NAMES = 3;

/** @returns what there is, as the end of a sentence; undefined when nothing is. Throws when git fails. */
export async function unseenIn(
  { top, directory }: ReadyBaseline,
  { branch, commit }: TaskWorktree,
  env: Environment,
): Promise<string | undefined> {
  const git = gitIn(top, env);
  const heads = [
    await git.ask('rev-parse', 'HEAD'),
    await git.ask('rev-parse', '-q', '--verify', `refs/heads/${branch}`),
  ];
  if (heads.some((head) => head !== undefined && head !== commit)) return `commits on its branch ${branch}`;
  const names = [...(await filesWithoutSnapshot(git, directory)), ...(await submodules(git, top))];
  if (names.length === 0) return undefined;
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `files that are not taken over (${names.slice(0, MOST_NAMES).join(', ')}${more})`;
}

// ---

/** What git ignores, repositories in the work tree, and what has changed outside of the directory in which the task works. */
async function filesWithoutSnapshot(git: Git, directory: string): Promise<string[]> {
  const ignored = await git('ls-files', '-z', '-o', '-i', '--exclude-standard', '--directory', '--no-empty-directory');
  const untracked = await git('ls-files', '-z', '-o', '--exclude-standard');
  const outside =
    directory === ''
      ? ''
      : await git('status', '-z', '--porcelain', '--', ':(top)', `:(top,exclude,literal)${directory}`);
  const repositories = untracked.split('\0').filter((name) => name.endsWith('/'));
  const changed = outside.split('\0').map((line) => line.slice('XY '.length));
  return [...ignored.split('\0'), ...repositories, ...changed].filter((name) => name !== '');
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
