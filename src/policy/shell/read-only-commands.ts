/**
 * The lines that run without approval where there is no sandbox: every command in them only reads files in the
 * workspace. A short list of what is allowed, and everything else asks. Pure, but for what the workspace is asked for
 * by its port.
 */
import { isCredential } from '../../domain/credentials.js';
import type { Surroundings } from '../../domain/surroundings.js';
import { placeOf } from '../places.js';
import { argumentsOf } from './command-options.js';
import { contentsOfGit } from './git-printed-files.js';
import { type CommandLine, parseCommandLine, type SimpleCommand } from './parse.js';
import { credentialsPrinted } from './printed-credentials.js';
import { isHarmlessGit } from './read-only-git.js';
import { HARMLESS, type Harmless } from './read-only-table.js';
import { awkScriptAt, isHarmlessAwk, sedFiles } from './sed-awk.js';
import type { ShellContext, ShellState } from './working-directory.js';
import { innerOf } from './wrapper-commands.js';

/** @returns a short reason why it is not harmless; undefined when all of it is. */
export function whyNotHarmless(line: CommandLine, ground: ShellContext): string | undefined {
  if (line.kind === 'opaque') return `the line cannot be analysed reliably (${line.why})`;
  if (line.commands.length === 0) return 'it holds no command';
  const here: ShellState = { ...ground, directories: [ground.workspace] };
  for (const command of line.commands) {
    const why = whyCommandNotHarmless(command, here);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** Judged by its words alone, for the runner: such a line needs only read access. */
export function readsOnly(text: string, ground: Omit<ShellContext, 'surroundings'>): boolean {
  return whyNotHarmless(parseCommandLine(text), { ...ground, surroundings: NO_SURROUNDINGS }) === undefined;
}

// ---

const MAX_DIRECTORIES = 16;

const NO_SURROUNDINGS: Surroundings = {
  real: () => undefined,
  credentials: () => ({ paths: [], leaving: [] }),
  tracked: () => [],
  problemOfRepository: () => undefined,
};

/** They only run another command, under a clock or with less priority. */
const TRANSPARENT_WRAPPERS = new Set(['time', 'timeout', 'nice', 'command']);

function whyCommandNotHarmless({ words, live, redirections }: SimpleCommand, here: ShellState): string | undefined {
  for (const { target, writes, live: changes } of redirections) {
    if (target === '/dev/null') continue;
    if (writes) return `it writes to ${target}`;
    if (changes || !isReadable(target, here)) return `it reads ${target}`;
  }
  const [name, ...args] = words;
  if (name === undefined) return undefined;
  const inner = innerOf(words);
  if (TRANSPARENT_WRAPPERS.has(name) && inner.kind === 'words' && !inner.open) {
    const shifted = live.filter((n) => n >= inner.at).map((n) => n - inner.at);
    return whyCommandNotHarmless({ words: words.slice(inner.at), live: shifted, redirections: [] }, here);
  }
  const globs = new Set(live.map((n) => n - 1));
  if (!isHarmless(name, { args, globs }, here)) {
    const credential = here.secrets ? undefined : args.find(isCredential);
    if (credential !== undefined) return `it names ${credential}, which may hold credentials`;
    return `'${shown(words)}' is not in the list of harmless commands`;
  }
  const isRepository = name === 'git' && !/^(--)?version$/.test(args.at(-1) ?? '');
  return (isRepository ? here.surroundings.problemOfRepository() : undefined) ?? whyNotShown(name, args, here);
}

/** A directory, a glob or a repository may hold credential files that the words do not name. */
function whyNotShown(name: string, args: readonly string[], here: ShellState): string | undefined {
  if (here.secrets) return undefined;
  const contents = name === 'git' ? contentsOfGit(args) : { kind: 'files' as const };
  return contents && credentialsPrinted({ name, args, contents }, here);
}

export interface Given {
  readonly args: readonly string[];
  /** Places of arguments of which the shell makes others. */
  readonly globs: ReadonlySet<number>;
}

function isHarmless(name: string, given: Given, here: ShellState): boolean {
  const { args, globs } = given;
  const readable = (text: string): boolean => isReadable(text, here);
  // A tilde leads home, and a glob tells which files there are.
  for (const at of globs) if (/(^|[=:])~/.test(args[at] ?? '') || !readable(args[at] ?? '')) return false;
  if (name === 'cd') return enters(args, here);
  if (name === 'git') {
    const atHome = here.directories.every((directory) => placeOf(here.workspace, directory).inside === '.');
    return atHome && noLooseGlob(given) && isHarmlessGit(args, readable);
  }
  if (name === 'sed') return noLooseGlob(given) && sedFiles(args)?.every(readable) === true;
  if (name === 'awk') {
    return noLooseGlob(given) && isHarmlessAwk(args) && args.slice(awkScriptAt(args) + 1).every(readable);
  }
  if (args.length === 1 && args[0] === '--version') return ASKED_FOR_VERSION.has(name);
  const entry = Object.hasOwn(HARMLESS, name) ? HARMLESS[name] : undefined;
  return entry !== undefined && fits(entry, given, readable);
}

function fits(entry: Harmless, given: Given, readable: (text: string) => boolean): boolean {
  if (entry.check) return (noLooseGlob(given) || entry.anyGlob === true) && entry.check(given.args, readable);
  const read = argumentsOf(given.args, entry);
  if (!read || (entry.anyGlob !== true && !noLooseGlob(given))) return false;
  const { options, operands } = read;
  if (operands.length > (entry.max ?? Number.POSITIVE_INFINITY)) return false;
  if (entry.operands === 'text') return true;
  const pattern = entry.operands === 'pattern' && !options.some((name) => entry.patternBy?.includes(name)) ? 1 : 0;
  return operands.every(({ text, at }, n) => (n < pattern ? !given.globs.has(at) : readable(text)));
}

/** A glob at the start of a word may become any name, `--output=x` as well. */
function noLooseGlob({ args, globs }: Given): boolean {
  return [...globs].every((at) => !/^[*?[-]/.test(args[at] ?? ''));
}

function enters(args: readonly string[], here: ShellState): boolean {
  const [directory] = args;
  if (args.length !== 1 || directory === undefined || directory.startsWith('-') || /[*?[]/.test(directory))
    return false;
  if (!isReadable(directory, here)) return false;
  const reached = here.directories.map((from) => placeOf(from, directory).absolute);
  for (const one of reached) if (!here.directories.includes(one)) here.directories.push(one);
  return here.directories.length <= MAX_DIRECTORIES;
}

/** In the workspace from every directory that the command may be in, and not a file that is likely to hold secrets. */
function isReadable(text: string, here: ShellState): boolean {
  const { workspace, directories, secrets } = here;
  if (text === '-' || text === '' || text === '/dev/null') return true;
  if (text.startsWith('~') || (holdsSecrets(text) && !(secrets && isCredential(text)))) return false;
  return directories.every((directory) => {
    const { absolute } = placeOf(directory, text);
    return placeOf(workspace, absolute).inside !== undefined && staysInWorkspace(absolute, here);
  });
}

/** A symlink may lead out of the workspace, or to a credential file by another name. */
function staysInWorkspace(absolute: string, { workspace, secrets, surroundings }: ShellState): boolean {
  const real = surroundings.real(absolute);
  if (real === undefined) return true;
  const { inside } = placeOf(surroundings.real(workspace) ?? workspace, real);
  return inside !== undefined && (secrets || !isCredential(inside));
}

/** Hidden files are read unasked only where it is known what they are. */
function holdsSecrets(path: string): boolean {
  if (isCredential(path)) return true;
  return path.split('/').some((name) => (/^\.[^./]/.test(name) && !KNOWN_HIDDEN.test(name)) || SECRET_NAME.test(name));
}

const KNOWN_HIDDEN =
  /^\.(bin|github|gitignore|gitattributes|gitlab-ci\.yml|editorconfig|eslintrc(\.\w+)?|eslintignore|prettierrc(\.\w+)?|prettierignore|dockerignore|nvmrc|node-version|python-version|ruby-version|tool-versions|babelrc|swcrc|mocharc(\.\w+)?|pre-commit-config\.yaml|circleci|travis\.yml|changeset|storybook|stylelintrc(\.\w+)?|markdownlint(\.\w+)?|clang-format|clang-tidy|flake8|pylintrc|rubocop\.yml|golangci\.yml|golangci\.yaml|rustfmt\.toml|env\.(example|sample|template))$/;
const SECRET_NAME =
  /\.tfstate$|^id_(rsa|dsa|ecdsa|ed25519)|^\.?(credentials|secrets?)(\.(json|ya?ml|toml|env|txt|ini))?$|^(shadow|htpasswd)$/i;

const ASKED_FOR_VERSION = new Set(
  'bash cmake curl docker g++ gcc clang git grep java jq make node npm perl php pip pip3 python python3 rg ruby sed tar'.split(
    ' ',
  ),
);

function shown(words: readonly string[]): string {
  const text = words.join(' ');
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
