/**
 * Restores the work tree of a task from its bundle on a host that takes it over: into an empty directory, or into a
 * clean clone that the work continues from. Anything else is refused: files of this host are never written over.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ignoring } from '../files/errors.js';
import { noteOwn } from '../files/temporary-notes.js';
import type { Environment } from '../processes/command-environment.js';
import { problemOfRepository } from '../tools/repository.js';
import type { BundleNote, BundleStore } from './bundle-store.js';
import { type Git, gitIn, repositoryIn } from './git.js';

export interface Restoring {
  readonly store: BundleStore;
  readonly env: Environment;
  readonly task: string;
  readonly workspace: string;
  readonly note: BundleNote;
  /** The directory for notes of temporary things. */
  readonly notes: string;
}

/** @returns why the workspace cannot take the work; undefined when it has it */
export async function restoreWorkspace(restoring: Restoring): Promise<string | undefined> {
  const { workspace, env, note } = restoring;
  const names = await readdir(workspace).catch(ignoring('ENOENT'));
  if (names === undefined || names.length === 0) return restoreIntoEmpty(restoring);
  const git = gitIn(workspace, env);
  const repository = await repositoryIn(workspace, git);
  if (typeof repository === 'string') return `${workspace} is neither empty nor a git repository`;
  const problem = problemOfRepository(workspace, env);
  if (problem !== undefined) return `${workspace} is not restored: ${problem}`;
  if ((await git('status', '--porcelain', '--untracked-files=all')) !== '')
    return `${workspace} has changes of its own`;
  const { head } = repository;
  if (!head || !note.head) return `${workspace} is a git repository with another history than the work of the task`;
  await unbundle(restoring, git);
  if ((await git.ask('merge-base', '--is-ancestor', head, note.head)) === undefined)
    return `${workspace} is at commit ${head.slice(0, 12)}, which the work of the task does not go on from`;
  await git('read-tree', '-u', '-m', head, note.work);
  await settle(git, note);
  return undefined;
}

// ---

/** Beside it, and then in its place: a crash leaves the directory empty. */
async function restoreIntoEmpty(restoring: Restoring): Promise<undefined> {
  const { workspace, env, note, notes } = restoring;
  const parent = dirname(workspace);
  await mkdir(parent, { recursive: true });
  const temporary = join(parent, `.${basename(workspace)}.${randomUUID()}.tmp`);
  const forget = noteOwn(notes, temporary);
  await mkdir(temporary, { mode: 0o700 });
  try {
    const git = gitIn(temporary, env);
    const branch = note.branch === null ? [] : [`--initial-branch=${note.branch}`];
    await git('init', '-q', `--object-format=${note.format}`, ...branch);
    await unbundle(restoring, git);
    await git('read-tree', '-u', '--reset', note.work);
    if (note.branch === null && note.head) await git('update-ref', '--no-deref', 'HEAD', note.head);
    await settle(git, note);
    await rename(temporary, workspace);
  } finally {
    await rm(temporary, { recursive: true, force: true });
    forget();
  }
  return undefined;
}

async function unbundle({ store, task, note }: Restoring, git: Git): Promise<void> {
  const hasBase = note.base && (await git.ask('cat-file', '-e', `${note.base}^{commit}`)) !== undefined;
  if (note.base && !hasBase) await git('bundle', 'unbundle', store.baseBundle(note.base));
  await git('bundle', 'unbundle', store.bundleOf(task, note));
  // Its name came from the signed note: so did its content.
  await git('cat-file', '-e', `${note.work}^{tree}`);
}

/** The work tree holds the work; head and index are those of the person on the other host, as far as they were committed. */
async function settle(git: Git, { head }: BundleNote): Promise<void> {
  if (head) await git('update-ref', 'HEAD', head);
  await git('read-tree', head ?? '--empty');
  await git.ask('update-index', '-q', '--refresh');
}
