/**
 * Runs git for the shipping of workspaces: nothing that a repository names is run, and every answer is bounded. Decides
 * nothing.
 */
import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { sentenceOf } from '../domain/errors.js';
import { commandEnvironment, type Environment } from '../processes/command-environment.js';
import { readingGit } from '../tools/git-environment.js';

export interface Git {
  /** Throws with git's own words. */
  (...args: readonly string[]): Promise<string>;
  /** @returns undefined when git says no */
  ask(...args: readonly string[]): Promise<string | undefined>;
}

/** In a workspace. `side`: a repository of ours, with its own index, whose work tree the workspace is. */
export function gitIn(workspace: string, env: Environment, side?: string): Git {
  const settings = {
    ...commandEnvironment(env, workspace),
    ...readingGit(workspace),
    ...IDENTITY,
    ...(side === undefined ? {} : { GIT_DIR: side, GIT_WORK_TREE: workspace }),
  };
  const git = async (...args: readonly string[]): Promise<string> => {
    try {
      const { stdout } = await run('git', [...args], { cwd: workspace, env: settings, ...LIMITS });
      return stdout;
    } catch (error) {
      const said = String((error as { stderr?: unknown }).stderr ?? '').trim();
      throw new Error(`git ${args[0]} failed: ${said.split('\n', 1)[0] || sentenceOf(error)}`, { cause: error });
    }
  };
  return Object.assign(git, {
    ask: (...args: readonly string[]) =>
      git(...args).then(
        (answer) => answer.trim(),
        () => undefined,
      ),
  });
}

/** A repository as it lies in a workspace. */
export interface Repository {
  readonly objects: string;
  readonly format: string;
  /** Absent before the first commit. */
  readonly head: string | undefined;
  /** Absent on a detached head. */
  readonly branch: string | undefined;
}

/** @returns why there is none that could be shipped */
export async function repositoryIn(workspace: string, git: Git): Promise<Repository | string> {
  const top = await git.ask('rev-parse', '--show-toplevel');
  if (top === undefined || top !== realpathSync(workspace)) return `${workspace} is not the top of a git repository`;
  return {
    objects: resolve(workspace, (await git('rev-parse', '--git-path', 'objects')).trim()),
    format: (await git('rev-parse', '--show-object-format')).trim(),
    head: await git.ask('rev-parse', '-q', '--verify', 'HEAD^{commit}'),
    branch: await git.ask('symbolic-ref', '-q', '--short', 'HEAD'),
  };
}

// ---

const run = promisify(execFile);

const LIMITS = { maxBuffer: 64 * 1024 * 1024, timeout: 5 * 60_000, encoding: 'utf8' } as const;

/** Of the one commit that a bundle adds: it is made again at each change, and belongs to no person. */
const IDENTITY: Readonly<Record<string, string>> = {
  GIT_AUTHOR_NAME: 'rookery',
  GIT_AUTHOR_EMAIL: 'rookery@localhost',
  GIT_COMMITTER_NAME: 'rookery',
  GIT_COMMITTER_EMAIL: 'rookery@localhost',
};
