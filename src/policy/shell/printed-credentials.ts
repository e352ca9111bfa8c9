/**
 * Which credential files a harmless command would print although its words do not name them: those that a glob becomes,
 * that lie in a directory which it goes through, or that git has. Where it cannot be told, it counts as some.
 */

import { matchesText } from '../glob.js';
import { placeOf } from '../places.js';
import { type Arguments, argumentsOf } from './command-options.js';
import type { GitContents } from './git-printed-files.js';
import { HARMLESS } from './read-only-table.js';
import type { ShellState } from './working-directory.js';

export interface Printing {
  readonly name: string;
  /** Without the name. */
  readonly args: readonly string[];
  readonly contents: GitContents | { readonly kind: 'files' };
}

/** @returns a short text that names them; undefined when there are none. */
export function credentialsPrinted({ name, args, contents }: Printing, here: ShellState): string | undefined {
  const isGit = contents.kind === 'git';
  const reading = isGit ? { recursive: true, operands: contents.paths } : readingOf(name, args);
  if (!reading || !isLive(reading)) return undefined;
  const found = isGit && !contents.untracked ? NONE : here.surroundings.credentials();
  const tracked = isGit ? here.surroundings.tracked() : [];
  if (!found || !tracked) return 'the workspace is too big to look for credential files in what it reads';
  const printed = [...new Set([...found.paths, ...tracked])].filter((path) => isReached(path, reading, here));
  if (printed.length > 0) return `it would read ${named(printed, here)}, which may hold credentials`;
  const left = isGit ? [] : found.leaving.filter((path) => isReached(path, { ...reading, leaves: true }, here));
  return left.length === 0 ? undefined : `it would follow ${named(left, here)} out of the workspace`;
}

// ---

const NONE = { paths: [], leaving: [] };

interface Reading {
  /** What is in the directories that the operands name is read too. */
  readonly recursive: boolean;
  readonly operands: readonly string[];
  /** What is left out of that, by the path below an operand. */
  readonly skips?: (path: string) => boolean;
  /** Symlinks that are met on the way are followed. */
  readonly follows?: boolean;
  /** The path is a symlink, and an operand may lead through it. */
  readonly leaves?: boolean;
}

/** They tell of files, and print none. `file` and `wc` tell too little of them. */
const NAMES_ONLY = new Set(
  'ls tree find du stat file wc dirname basename readlink realpath test [ which type command echo printf tar unzip cd'.split(
    ' ',
  ),
);

function readingOf(name: string, args: readonly string[]): Reading | undefined {
  if (NAMES_ONLY.has(name)) return undefined;
  if (/^[ef]?grep$/.test(name)) return ofGrep(args);
  if (name === 'rg') return ofRipgrep(args);
  // Of two directories diff compares the files in them, without any option.
  return { recursive: name === 'diff', follows: name === 'diff', operands: args.filter((arg) => !arg.startsWith('-')) };
}

/** Words that name one file each were looked at already. */
function isLive({ recursive, operands }: Reading): boolean {
  return recursive || operands.some((operand) => /[*?[]/.test(operand));
}

function ofGrep(args: readonly string[]): Reading | undefined {
  const read = argumentsOf(args, HARMLESS.grep ?? {});
  const recursive = args.some((arg) => /^-[^-]*[rR]|recurs/.test(arg));
  const included = valuesOf(read, 'include');
  const skips = (path: string): boolean => included.length > 0 && !included.some((glob) => mayMean(glob, path));
  return { recursive, operands: filesOf(read, 'regexp', 'e'), skips };
}

/** Types of which no file is one with credentials. */
const SOURCE = new Set(
  'ts js py python rust go c cpp java kotlin swift css sass less html md markdown ruby php lua perl haskell vue'.split(
    ' ',
  ),
);

function ofRipgrep(args: readonly string[]): Reading | undefined {
  const read = argumentsOf(args, HARMLESS.rg ?? {});
  const options = read?.options ?? [];
  if (options.includes('files') || options.includes('type-list')) return undefined;
  const globs = valuesOf(read, 'g', 'glob', 'iglob').filter((glob) => !glob.startsWith('!'));
  const types = valuesOf(read, 't', 'type');
  const hidden = options.some((name) => /^(u|\.|hidden)$/.test(name));
  const skips = (path: string): boolean => {
    // A glob that names hidden files shows them.
    if (globs.length > 0) return !globs.some((glob) => mayMean(glob, path));
    if (types.length > 0) return types.every((type) => SOURCE.has(type));
    return !hidden && /(^|\/)\./.test(path);
  };
  return { recursive: true, operands: filesOf(read, 'regexp', 'e'), skips };
}

/** All but the pattern; where there are none, what lies here. */
function filesOf(read: Arguments | undefined, ...patternBy: readonly string[]): string[] {
  const given = read?.options.some((name) => patternBy.includes(name)) ?? false;
  const files = (read?.operands ?? []).slice(given ? 0 : 1).map(({ text }) => text);
  return files.length > 0 ? files : ['.'];
}

function valuesOf(read: Arguments | undefined, ...names: readonly string[]): string[] {
  return (read?.valued ?? []).flatMap(({ name, value }) => (names.includes(name) ? [value] : []));
}

/** Programs differ on braces and on slashes in globs: those may mean all. */
function mayMean(glob: string, path: string): boolean {
  if (/[{}\\/]/.test(glob)) return true;
  return path.split('/').some((name) => matchesText(plain(glob).toLowerCase(), name.toLowerCase()));
}

function isReached(path: string, reading: Reading, here: ShellState): boolean {
  const { inside } = placeOf(here.workspace, path);
  return (
    inside !== undefined &&
    reading.operands.some((operand) =>
      here.directories.some((directory) => {
        const place = placeOf(here.workspace, placeOf(directory, operand).absolute);
        return place.inside !== undefined && leadsTo(inside.split('/'), partsOf(place.inside), reading);
      }),
    )
  );
}

function partsOf(inside: string): string[] {
  return inside === '.' ? [] : inside.split('/');
}

/** What an operand names exactly is read whatever is skipped below it. */
function leadsTo(names: readonly string[], wanted: readonly string[], reading: Reading): boolean {
  const { recursive, skips, follows = false, leaves = false } = reading;
  const isBelow = wanted.length < names.length;
  if (isBelow && (!recursive || (leaves && !follows))) return false;
  if (!isBelow && wanted.length > names.length && !leaves) return false;
  if (!wanted.slice(0, names.length).every((part, n) => becomes(part, names[n] ?? ''))) return false;
  return !isBelow || !skips?.(names.slice(wanted.length).join('/'));
}

/** As the shell makes names of a glob: none with a dot at its beginning, unless the glob has it. */
function becomes(glob: string, name: string): boolean {
  if (name.startsWith('.') && !glob.startsWith('.')) return false;
  return glob === name || matchesText(plain(glob), name);
}

/** Brackets stand for one character, whichever. */
function plain(glob: string): string {
  return glob.replace(/\[[^\]]+\]/g, '?');
}

const SHOWN = 3;

function named(paths: readonly string[], { workspace }: ShellState): string {
  const more = paths.length - SHOWN;
  const shown = paths.slice(0, SHOWN).map((path) => placeOf(workspace, path).inside ?? path);
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
