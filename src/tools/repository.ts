/**
 * Whether git in a workspace would run nothing of the repository's making, and which credential files it keeps. Reads
 * the settings that git itself would use, and believes only those that it knows to run no program. Synchronous: the
 * policy decision waits for it.
 */
import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isCredential } from '../domain/credentials.js';
import { isWithin } from '../files/paths.js';
import { commandEnvironment, type Environment } from '../processes/command-environment.js';
import { readingGit } from './git-environment.js';

/** Notes which repository a workspace has, the first time. One that is made later does not count. */
export function noteRepository(workspace: string): void {
  if (!identities.has(workspace)) identities.set(workspace, identityOf(workspace));
}

/** @returns a short reason; undefined when its settings run nothing and it is the original repository. */
export function problemOfRepository(workspace: string, env: Environment): string | undefined {
  noteRepository(workspace);
  return problemIn(workspace, env, problemOfAge);
}

/** As `problemOfRepository`, for a repository that the person names: it may be new. */
export function problemOfNamedRepository(workspace: string, env: Environment): string | undefined {
  return problemIn(workspace, env, () => undefined);
}

/** @returns absolute paths; undefined when git does not report them. */
export function trackedCredentials(workspace: string, env: Environment): readonly string[] | undefined {
  try {
    const stamp = stampOfIndex(workspace);
    const known = trackedCache.get(workspace);
    if (stamp !== undefined && known?.stamp === stamp) return known.paths;
    const names = git(['ls-files', '-z', '--cached'], workspace, env).split('\0').filter(isCredential);
    const paths = names.map((name) => join(workspace, name));
    trackedCache.set(workspace, { stamp, paths });
    return paths;
  } catch {
    return undefined;
  }
}

// ---

function problemIn(
  workspace: string,
  env: Environment,
  problemOfIdentity: (workspace: string) => string | undefined,
): string | undefined {
  try {
    const problem = problemOfPlace(realpathSync(workspace)) ?? problemOfIdentity(workspace);
    return problem ?? problemOfSettings(workspace, env);
  } catch {
    return 'the settings of the git repository cannot be read';
  }
}

const identities = new Map<string, string>();
const trackedCache = new Map<string, { readonly stamp: string | undefined; readonly paths: readonly string[] }>();

const MAX_BYTES = 64 * 1024 * 1024;

function git(args: readonly string[], workspace: string, env: Environment): string {
  return execFileSync('git', [...args], {
    cwd: workspace,
    env: { ...commandEnvironment(env, workspace), ...readingGit(workspace) },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: MAX_BYTES,
    timeout: 5_000,
  });
}

/** @returns undefined in a linked work tree, whose index lies elsewhere. */
function stampOfIndex(workspace: string): string | undefined {
  if (!lstatSync(join(workspace, '.git'), { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const index = statSync(join(workspace, '.git', 'index'), { bigint: true, throwIfNoEntry: false });
  return index && `${index.ino}/${index.size}/${index.mtimeNs}`;
}

function identityOf(workspace: string): string {
  const found = lstatSync(join(workspace, '.git'), { throwIfNoEntry: false });
  return found ? `${found.dev}/${found.ino}/${found.birthtimeMs}` : 'none';
}

function problemOfAge(workspace: string): string | undefined {
  if (identities.get(workspace) === identityOf(workspace)) return undefined;
  return 'the git repository was made or replaced after this worker first saw the workspace';
}

/** Of a plain repository, or of a linked work tree or submodule whose repository lies outside of the workspace. */
function problemOfPlace(root: string): string | undefined {
  const pointer = join(root, '.git');
  const found = lstatSync(pointer, { throwIfNoEntry: false });
  if (!found) return 'the workspace is not the top of a git repository';
  if (found.isDirectory()) {
    const common = textOf(join(pointer, 'commondir'));
    return common === undefined || common === '.'
      ? problemOfSubmodules(root)
      : 'its git repository is a part of another';
  }
  const target = found.isFile() ? /^gitdir: (.+)$/.exec(textOf(pointer) ?? '')?.[1] : undefined;
  if (target === undefined) return 'the .git of the workspace is not a git repository';
  const directory = realpathSync(resolve(root, target));
  const common = realpathSync(resolve(directory, textOf(join(directory, 'commondir')) ?? '.'));
  const isInside = [directory, common].some((path) => isWithin(root, path) || isWithin(path, root));
  return isInside ? 'its git repository lies in the workspace under another name' : problemOfSubmodules(root);
}

/** It would win over the setting that keeps git out of submodules, whose own settings were not looked at. */
function problemOfSubmodules(root: string): string | undefined {
  return /ignore/i.test(textOf(join(root, '.gitmodules')) ?? '')
    ? 'its .gitmodules says how to look at submodules'
    : undefined;
}

function textOf(path: string): string | undefined {
  if (!lstatSync(path, { throwIfNoEntry: false })) return undefined;
  return readFileSync(path, 'utf8').trim();
}

function problemOfSettings(workspace: string, env: Environment): string | undefined {
  const fields = git(['config', '--list', '--show-scope', '-z'], workspace, env).split('\0');
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [scope = '', setting = ''] = fields.slice(at, at + 2);
    const key = setting.split('\n', 1)[0] ?? '';
    // The person's global settings are trusted.
    if (/^(local|worktree)$/.test(scope) && !isHarmlessSetting(key))
      return `the git repository sets ${JSON.stringify(key)}`;
  }
  return undefined;
}

/** Settings of a repository that run no program when git reads, or that are overridden by `readingGit`. */
const HARMLESS_SETTINGS: readonly RegExp[] = [
  /^core\.(repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol)$/,
  /^core\.(safecrlf|quotepath|abbrev|compression|loosecompression|bigfilethreshold|whitespace|commentchar|longpaths)$/,
  /^core\.(protectntfs|protecthfs|untrackedcache|preloadindex|trustctime|checkstat|splitindex|commitgraph|editor)$/,
  /^core\.(fsmonitor|hookspath|pager|sshcommand|askpass|sparsecheckout|sparsecheckoutcone|multipackindex|fscache)$/,
  /^extensions\.(objectformat|worktreeconfig|refstorage|relativeworktrees|partialclone|preciousobjects|noop)$/,
  /^remote\..*\.(url|pushurl|fetch|push|tagopt|prune|mirror|promisor|partialclonefilter|gh-resolved|skipfetchall)$/,
  /^branch\..*\.(remote|merge|rebase|description|pushremote|vscode-merge-base|gh-merge-base|github-pr-owner-number)$/,
  /^submodule\..*\.(url|active|branch|update)$/,
  /^submodule\.(active|recurse)$/,
  /^(user|author|committer)\.(name|email|signingkey|useconfigonly)$/,
  /^(color|advice|gc|maintenance|pack|index|feature|pull|push|fetch|rebase|rerere|init|i18n|transfer|lfs)\.[^.]*$/,
  /^lfs\..*\.(access|locksverify)$/,
  /^merge\.(conflictstyle|ff|renamelimit|renames|log|stat)$/,
  /^diff\.(algorithm|renames|renamelimit|context|mnemonicprefix|noprefix|colormoved|indentheuristic)$/,
  /^(commit|tag)\.gpgsign$/,
  /^gpg\.(program|format)$/,
  /^log\.(date|decorate|showsignature|follow)$/,
  /^credential\./,
  /^alias\./,
  /^pager\./,
  /^http\./,
  /^gui\./,
];

/** Section and last name are in small letters as git gives them. */
function isHarmlessSetting(key: string): boolean {
  return HARMLESS_SETTINGS.some((pattern) => pattern.test(key));
}
