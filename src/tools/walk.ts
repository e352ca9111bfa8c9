/**
 * Goes through a directory of the workspace, nearest entries first, each directory sorted. Never follows a symlink, never
 * enters .git and node_modules, and leaves out what .gitignore names unless it is wanted. Memory is bounded.
 */
import type { Dirent, Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { ignoring } from '../files/errors.js';
import { type IgnoreRules, parseIgnoreRules } from './gitignore.js';
import { type HeldDirectory, openFile, pinDirectory, type WorkspacePath } from './workspace.js';

/** Names of one directory, and directories that wait to be entered. */
const MAX_NAMES = 200_000;
const MAX_RULES_BYTES = 256 * 1024;
const NOT_ENTERED: ReadonlySet<string> = new Set(['.git', 'node_modules']);

export interface WalkedEntry {
  readonly shown: string;
  readonly real: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** False: its name is not UTF-8, so `shown` is not its name and nothing can open it by that. */
  readonly isNamed: boolean;
  /** Valid until the next entry is asked for: goes through the directory that is held open. */
  readonly openPath: string;
  /** Valid as long as that; undefined when it is gone. */
  stats(): Promise<Stats | undefined>;
}

export interface Walk {
  readonly place: WorkspacePath;
  readonly recursive: boolean;
  readonly signal: AbortSignal;
  /** Whether what .gitignore names is there too. Default: false. */
  readonly ignored?: boolean;
  /** Called for each entry that .gitignore leaves out; of a directory for itself alone. */
  readonly onIgnored?: () => void;
}

/** Rules of .gitignore files, each with its directory. From the top down: the lowest that speaks of a name decides. */
export interface PlacedRules {
  /** Real path of the directory that has the file. */
  readonly base: string;
  readonly rules: IgnoreRules;
}

export async function* walk({
  place,
  recursive,
  signal,
  ignored = false,
  onIgnored,
}: Walk): AsyncGenerator<WalkedEntry, void, void> {
  const above = ignored ? [] : await rulesAbove(place);
  const waiting: Directory[] = [{ real: place.real, shown: place.shown === '.' ? '' : place.shown, rules: above }];
  for (let at = 0; at < waiting.length; at++) {
    const directory = waiting[at];
    if (!directory) return;
    const pinned = await pin(directory, at === 0);
    if (!pinned) continue;
    try {
      const names = await namesIn(pinned.path);
      const hasRules = !ignored && names.some(({ name }) => name === IGNORE_FILE);
      const rules = hasRules ? [...directory.rules, ...(await rulesIn(place, directory.real))] : directory.rules;
      for (const found of names) {
        signal.throwIfAborted();
        const entry = await entryOf(found, directory, pinned.path);
        if (!entry) continue;
        if (rules.length > 0 && isIgnored(rules, entry)) {
          onIgnored?.();
          continue;
        }
        yield entry;
        const enter = recursive && entry.isNamed && entry.kind === 'directory' && !NOT_ENTERED.has(found.name);
        if (enter && waiting.length < MAX_NAMES) waiting.push({ real: entry.real, shown: entry.shown, rules });
      }
    } finally {
      await pinned.close();
    }
  }
}

/** The rules of the directories above; none where they leave out the directory itself, because it was asked for. */
export async function rulesAbove(place: WorkspacePath): Promise<PlacedRules[]> {
  const above = directoriesBetween(place.root, place.real);
  // A person's own rules of the repository: any .gitignore goes before them.
  const own = rulesOf(place, join(place.root, '.git', 'info', 'exclude'), place.root);
  const rules = (await Promise.all([own, ...above.map((directory) => rulesIn(place, directory))])).flat();
  const isAsked = [...above.slice(1), place.real].some((real) => isIgnored(rules, { real, kind: 'directory' }));
  return isAsked && place.real !== place.root ? [] : rules;
}

/** Whether the rules leave out the file, or a directory between it and `top`. */
export function leavesOut(rules: readonly PlacedRules[], top: string, file: string): boolean {
  const [, ...between] = directoriesBetween(top, file);
  return (
    isIgnored(rules, { real: file, kind: 'file' }) ||
    between.some((real) => isIgnored(rules, { real, kind: 'directory' }))
  );
}

/** In the order of a walk: nearest first, each directory sorted. */
export function compareWalked(a: string, b: string): number {
  const [one, other] = [a.split('/'), b.split('/')];
  if (one.length !== other.length) return one.length - other.length;
  const at = one.findIndex((part, i) => part !== other[i]);
  return at === -1 ? 0 : (one[at] ?? '') < (other[at] ?? '') ? -1 : 1;
}

/** A line break in a name would forge a separate entry. */
export function visibleName(name: string): string {
  return name.replace(/[\x00-\x1f\x7f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

// ---

const IGNORE_FILE = '.gitignore';

interface Directory {
  readonly real: string;
  readonly shown: string;
  readonly rules: readonly PlacedRules[];
}

interface FoundName {
  readonly name: string;
  readonly bytes: Buffer;
  readonly kind: WalkedEntry['kind'] | 'unknown';
}

function rulesIn(place: WorkspacePath, directory: string): Promise<PlacedRules[]> {
  return rulesOf(place, join(directory, IGNORE_FILE), directory);
}

async function rulesOf(place: WorkspacePath, path: string, base: string): Promise<PlacedRules[]> {
  try {
    const { file, size } = await openFile({ ...place, real: path, shown: IGNORE_FILE });
    try {
      if (size > MAX_RULES_BYTES) return [];
      return [{ base, rules: parseIgnoreRules(await file.readFile('utf8')) }];
    } finally {
      await file.close();
    }
  } catch {
    return [];
  }
}

function isIgnored(rules: readonly PlacedRules[], { real, kind }: Pick<WalkedEntry, 'real' | 'kind'>): boolean {
  for (const { base, rules: own } of rules.toReversed()) {
    const path = relative(base, real);
    const decided = path === '' || path.startsWith('..') ? undefined : own.decide(path, kind === 'directory');
    if (decided !== undefined) return decided;
  }
  return false;
}

/** `top` and every directory on the way to `path`, without that itself. */
function directoriesBetween(top: string, path: string): string[] {
  const found: string[] = [];
  for (let at = path; at !== top; at = dirname(at)) found.unshift(dirname(at));
  return found;
}

/** A directory below that vanished or may not be read is left out; the one that was asked for is not. */
async function pin({ real }: Directory, first: boolean): Promise<HeldDirectory | undefined> {
  try {
    return await pinDirectory(real);
  } catch (error) {
    if (first) throw error;
    return undefined;
  }
}

/** As bytes: a name that is not UTF-8 would lead to no file. */
async function namesIn(path: string): Promise<FoundName[]> {
  const names: FoundName[] = [];
  const entries = (await opendir(path, { encoding: 'buffer' as BufferEncoding, bufferSize: 256 })) as unknown;
  for await (const entry of entries as AsyncIterable<Omit<Dirent, 'name'> & { name: Buffer }>) {
    names.push({ name: entry.name.toString('utf8'), bytes: entry.name, kind: kindOf(entry) ?? 'unknown' });
    if (names.length >= MAX_NAMES) break;
  }
  return names.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function entryOf(
  { name, bytes, kind }: FoundName,
  directory: Directory,
  pinned: string,
): Promise<WalkedEntry | undefined> {
  const stats = (): Promise<Stats | undefined> =>
    lstat(Buffer.concat([Buffer.from(`${pinned}/`), bytes])).catch(ignoring('ENOENT'));
  const known = kind === 'unknown' ? kindOf(await stats()) : kind;
  if (known === undefined) return undefined;
  return {
    ...{ shown: join(directory.shown, name), real: join(directory.real, name), openPath: join(pinned, name) },
    ...{ kind: known, isNamed: Buffer.from(name).equals(bytes), stats },
  };
}

type Kinds = Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isFIFO' | 'isSocket' | 'isBlockDevice'> &
  Pick<Dirent, 'isCharacterDevice'>;

/** @returns undefined where the file system does not say it with the name, or there is nothing */
function kindOf(found: Kinds | undefined): WalkedEntry['kind'] | undefined {
  if (!found) return undefined;
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'directory';
  if (found.isSymbolicLink()) return 'link';
  const isOther = found.isFIFO() || found.isSocket() || found.isBlockDevice() || found.isCharacterDevice();
  return isOther ? 'other' : undefined;
}
