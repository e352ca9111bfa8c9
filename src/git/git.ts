/**
 * Runs git for Rookery itself: nothing that a repository names is run, and every answer is bounded. Decides nothing.
 */
import { type ExecFileException, execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { sentenceOf } from '../domain/errors.js';
import { commandEnvironment, type Environment } from '../processes/command-environment.js';
import { readingGit } from '../tools/git-environment.js';

export interface Git {
  /** Throws with git's own words. */
  (...args: readonly string[]): Promise<string>;
  /** @returns undefined when git says no */
  ask(...args: readonly string[]): Promise<string | undefined>;
  /** What it printed, as bytes. Throws like a call, unless git ends with a code of `accepted`. */
  bytes(args: readonly string[], options?: BytesOptions): Promise<Buffer>;
}

export interface BytesOptions {
  /** For its stdin. */
  readonly input?: Buffer;
  readonly accepted?: readonly number[];
}

export interface GitOptions {
  /** A repository of ours, with its own index, whose work tree the workspace is. */
  readonly side?: string;
  /** The index file. Default: that of the repository. */
  readonly index?: string;
  /** Object directories that are read besides. */
  readonly alternates?: readonly string[];
  /** As `performance.now()` counts: what runs then is ended. */
  readonly deadline?: number;
}

export function gitIn(workspace: string, env: Environment, options: GitOptions = {}): Git {
  const { side, index, alternates = [], deadline = Number.POSITIVE_INFINITY } = options;
  const settings = {
    ...commandEnvironment(env, workspace),
    ...readingGit(workspace),
    ...IDENTITY,
    ...(side === undefined ? {} : { GIT_DIR: side, GIT_WORK_TREE: workspace }),
    ...(index === undefined ? {} : { GIT_INDEX_FILE: index }),
    ...(alternates.length === 0 ? {} : { GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates.join(delimiter) }),
  };
  const bytes = (args: readonly string[], { input, accepted = [] }: BytesOptions = {}): Promise<Buffer> =>
    new Promise((done, fail) => {
      const timeout = Math.ceil(Math.min(LIMITS.timeout, deadline - performance.now()));
      if (timeout <= 0) return fail(new Error(`git ${args[0]} failed: ${TOO_LONG}`));
      const answered = (error: ExecFileException | null, stdout: Buffer, stderr: Buffer): void => {
        if (error === null || accepted.some((code) => code === error.code)) done(stdout);
        else fail(problemOf(args[0], error, stderr.toString()));
      };
      const child = execFile(
        'git',
        [...args],
        { ...LIMITS, cwd: workspace, env: settings, encoding: 'buffer', timeout },
        answered,
      );
      // A git that ends before it has read all of it says why itself.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input ?? '');
    });
  const git = async (...args: readonly string[]): Promise<string> => (await bytes(args)).toString();
  return Object.assign(git, {
    bytes,
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

const LIMITS = { maxBuffer: 64 * 1024 * 1024, timeout: 5 * 60_000 } as const;

const TOO_LONG = 'it took too long';

function problemOf(command: string | undefined, error: ExecFileException, stderr: string): Error {
  const said = stderr.trim().split('\n', 1)[0] || (error.killed ? TOO_LONG : sentenceOf(error));
  return new Error(`git ${command} failed: ${said}`, { cause: error });
}

/** Of the commits that Rookery makes in repositories of its own: they belong to no person. */
const IDENTITY: Readonly<Record<string, string>> = {
  GIT_AUTHOR_NAME: 'rookery',
  GIT_AUTHOR_EMAIL: 'rookery@localhost',
  GIT_COMMITTER_NAME: 'rookery',
  GIT_COMMITTER_EMAIL: 'rookery@localhost',
};
