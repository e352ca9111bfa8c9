/**
 * Which paths of a workspace are protected: names at its top, and what makes git run programs, nested ones included.
 */
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PROTECTED, type ProtectedName } from '../domain/protected.js';

export interface Guarded {
  /** Absolute. */
  readonly path: string;
  /** What it is where it exists; `common`: the file that tells git of another place for its settings. */
  readonly kind: 'file' | 'directory' | 'common';
}

export interface WorkspaceLook {
  /** The files that shells read there are protected also as long as they do not exist. */
  readonly isHome: boolean;
  /** Absolute paths of stand-ins of other commands: they count as missing. */
  readonly standing: Pick<ReadonlySet<string>, 'has'>;
}

export async function guardedPaths(workspace: string, { isHome, standing }: WorkspaceLook): Promise<Guarded[]> {
  const entries = (await entriesOf(workspace)).filter(({ name }) => !standing.has(join(workspace, name)));
  const missing = PLACEHOLDERS.filter(({ path }) => !entries.some(({ name }) => name === path));
  const missingInHome = isHome ? HOME_FILES.filter(({ path }) => !entries.some(({ name }) => name === path)) : [];
  const top = [
    ...entries.flatMap((entry) => guardedByName(workspace, entry)),
    ...missing.map(at(workspace)),
    ...missingInHome.map(at(workspace)),
  ];
  const within = await guardedInParts(workspace, entries);
  const workflows = entries.some(({ name }) => name === '.github') ? [at(workspace)(WORKFLOWS)] : [];
  const all = [...top, ...within, ...workflows, ...(await gitPaths(workspace)), ...(await nested(workspace, entries))];
  return [...new Map(all.map((guarded) => [guarded.path, guarded])).values()];
}

// ---

type Name = Pick<ProtectedName, 'path' | 'kind'>;

/** Git has separate rules. */
const NAMES = PROTECTED.filter(({ path }) => path !== '.git' && path !== 'HEAD');
const SINGLE_NAMES = new Map(NAMES.filter(({ path }) => !/[/*]/.test(path)).map((one) => [one.path, one]));
const ENDINGS = NAMES.filter(({ path }) => path.startsWith('*')).map(({ path }) => path.slice(1));
const PATHS_WITH_PARTS = NAMES.filter(({ path }) => path.includes('/')).map(({ path, kind }) => {
  const [first = '', ...rest] = path.split('/');
  return { first, rest: rest.join('/'), kind };
});
const WORKFLOWS: Name = { path: '.github/workflows', kind: 'directory' };

/**
 * Those that are read in whatever directory a program is started in or opens, and whose readers pass over an empty
 * directory. The others are kept where they exist: their readers break on a stand-in.
 */
const PLACEHOLDERS: readonly Name[] = [
  ...[
    '.vscode',
    '.idea',
    '.husky',
    '.claude',
    '.cursor',
    '.githooks',
    '.circleci',
    '.devcontainer',
    '.github',
    '.cargo',
  ].map((path) => ({ path, kind: 'directory' }) as const),
  ...['.envrc', '.mcp.json', '.npmrc', '.exrc', 'rookery.toml'].map((path) => ({ path, kind: 'file' }) as const),
];
const NO_PLACEHOLDER: readonly string[] = ['.gitmodules', '.yarnrc', '.yarnrc.yml', '.pnpmfile.cjs'];
const HOME_FILES: readonly Name[] = PROTECTED.filter(
  ({ path, kind, level }) =>
    kind === 'file' && level === 'refused' && /^\.[^/]*$/.test(path) && !NO_PLACEHOLDER.includes(path),
);

/** Deeper ones are found by a walk that must stay quick. */
const MAX_DEPTH = 3;
const MAX_DIRECTORIES = 500;
const SKIPPED_DIRECTORIES = /^(\.git|node_modules|target|dist|build|vendor|\.venv)$/;

function at(directory: string): (name: Name) => Guarded {
  return ({ path, kind }) => ({ path: join(directory, path), kind });
}

function files(directory: string, names: readonly string[]): Guarded[] {
  return names.map((path) => at(directory)({ path, kind: 'file' }));
}

function directories(directory: string, names: readonly string[]): Guarded[] {
  return names.map((path) => at(directory)({ path, kind: 'directory' }));
}

/** What is protected by its name alone. A project's instructions are often links to each other: those are left. */
function guardedByName(directory: string, entry: Dirent): Guarded[] {
  const { name } = entry;
  const known = SINGLE_NAMES.get(name);
  if (known?.level === 'asked' && entry.isSymbolicLink()) return [];
  if (known) return [at(directory)(known)];
  return entry.isFile() && ENDINGS.some((ending) => name.endsWith(ending)) ? files(directory, [name]) : [];
}

/** What is protected by several names, where it exists. */
async function guardedInParts(directory: string, entries: readonly Dirent[]): Promise<Guarded[]> {
  const possible = PATHS_WITH_PARTS.filter(({ first }) =>
    entries.some((entry) => entry.name === first && entry.isDirectory()),
  );
  const found = await Promise.all(
    possible.map(async ({ first, rest, kind }) => {
      const path = join(directory, first, rest);
      const stats = await lstat(path).catch(() => undefined);
      return stats && !stats.isSymbolicLink() ? [{ path, kind }] : [];
    }),
  );
  return found.flat();
}

async function gitPaths(workspace: string): Promise<Guarded[]> {
  const git = join(workspace, '.git');
  const found = await lstat(git).catch(() => undefined);
  if (found?.isDirectory() && (await entriesOf(git)).length > 0) return gitSettingsPaths(git);
  if (found && !found.isDirectory()) return files(workspace, ['.git']);
  // Without .git a HEAD, a config and a few directories would make a repository of the workspace itself.
  const bareRepositoryPaths = await lstat(join(workspace, 'HEAD')).catch(() => undefined);
  if (!bareRepositoryPaths?.isFile()) return files(workspace, ['.git', 'HEAD']);
  return [...files(workspace, ['.git', 'config']), ...directories(workspace, ['hooks'])];
}

function gitSettingsPaths(git: string): Guarded[] {
  return [
    ...files(git, ['config', 'config.worktree']),
    ...directories(git, ['hooks', 'modules']),
    { path: join(git, 'commondir'), kind: 'common' },
  ];
}

/** Only those that exist: new ones cannot be told from what a command may well make, such as a clone. */
async function nested(workspace: string, top: readonly Dirent[]): Promise<Guarded[]> {
  const guarded: Guarded[] = [];
  let level = top.filter(isSearched).map(({ name }) => join(workspace, name));
  let budget = MAX_DIRECTORIES;
  for (let depth = 1; depth <= MAX_DEPTH && budget > 0; depth++) {
    const next: string[] = [];
    for (const directory of level.slice(0, budget)) {
      const entries = await entriesOf(directory);
      guarded.push(...entries.flatMap((entry) => guardedIn(directory, entry)), ...bare(directory, entries));
      guarded.push(...(await guardedInParts(directory, entries)));
      next.push(...entries.filter(isSearched).map(({ name }) => join(directory, name)));
    }
    budget -= level.length;
    level = next;
  }
  return guarded;
}

function guardedIn(directory: string, entry: Dirent): Guarded[] {
  const path = join(directory, entry.name);
  if (entry.name === '.git') return entry.isDirectory() ? gitSettingsPaths(path) : [{ path, kind: 'file' }];
  if (entry.isSymbolicLink()) return [];
  return guardedByName(directory, entry).filter(({ kind }) => (kind === 'file' ? entry.isFile() : entry.isDirectory()));
}

/** A repository without a work tree, such as a fixture or a mirror. */
function bare(directory: string, entries: readonly Dirent[]): Guarded[] {
  const isThere = ['HEAD', 'objects', 'refs', 'config'].every((part) => entries.some(({ name }) => name === part));
  return isThere ? [...files(directory, ['config']), ...directories(directory, ['hooks'])] : [];
}

function isSearched(entry: Dirent): boolean {
  return (
    entry.isDirectory() && !SKIPPED_DIRECTORIES.test(entry.name) && SINGLE_NAMES.get(entry.name)?.kind !== 'directory'
  );
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  return readdir(directory, { withFileTypes: true }).catch(() => []);
}
