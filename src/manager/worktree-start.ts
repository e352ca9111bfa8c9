/** What the work tree of a new task is made from: the commit that is checked out where the person works. */
import { RookeryError } from '../domain/errors.js';
import type { WorktreeStart } from '../domain/protocol.js';
import { gitIn } from '../git/git.js';
import { workTreeOf } from '../git/work-tree.js';
import { problemOfSource } from '../git/worktree.js';

export interface FoundStart {
  readonly start: WorktreeStart;
  /** There are changes that are not committed: the work tree does not get them. */
  readonly hasChanges: boolean;
}

/** `env`: of git. Throws `usage` for a workspace that is in no git repository, or one from which none can be made. */
export async function worktreeStart(
  workspace: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<FoundStart> {
  const place = workTreeOf(workspace);
  if (!place)
    throw new RookeryError('usage', `The workspace ${workspace} is in no git repository, so there can be no worktree`, {
      hint: 'Leave out --worktree, or make one with git init and a commit',
    });
  const { top: repository, directory } = place;
  const git = gitIn(repository, env);
  const isRepository = (await git.ask('rev-parse', '--show-toplevel')) === repository;
  const problem = isRepository ? problemOfSource(repository, env) : 'git cannot use it';
  if (problem !== undefined)
    throw new RookeryError('usage', `No worktree can be made from ${repository}: ${problem}`, {
      hint: 'Leave out --worktree',
    });
  const commit = await git.ask('rev-parse', '-q', '--verify', 'HEAD^{commit}');
  if (commit === undefined)
    throw new RookeryError('usage', `The repository ${repository} has no commit yet, so there can be no worktree`, {
      hint: 'Commit something first, or leave out --worktree',
    });
  if (directory !== '' && (await git.ask('cat-file', '-e', `${commit}:${directory}`)) === undefined)
    throw new RookeryError('usage', `The workspace ${workspace} is not in the commit that is checked out`, {
      hint: 'Commit it first, or leave out --worktree',
    });
  const changes = await git('status', '--porcelain', '--ignore-submodules=all');
  return { start: { repository, directory, commit }, hasChanges: changes !== '' };
}
