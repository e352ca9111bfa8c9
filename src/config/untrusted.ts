/**
 * Filters the file of an untrusted project: only keys that the table of keys permits apply, and only where they narrow
 * the value without the file. All others, unknown keys included, are ignored and reported.
 */
import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, relative, resolve, sep } from 'node:path';
import { protectionOf } from '../domain/protected.js';
import { parseDuration } from './duration.js';
import type { FileSettings } from './file-settings.js';
import type { ConfigFile, ProjectFile } from './files.js';
import type { Narrowing } from './key.js';
import { KEYS } from './keys.js';

/** The values without the project's file. */
export interface Baseline {
  readonly workspace: string;
  /** By key, a time in milliseconds; Infinity: none. */
  readonly limits: Readonly<Record<string, number>>;
}

/** A setting of the project's file that is ignored. */
export interface Ignored {
  /** As `model` or `security.sandbox`. */
  readonly name: string;
  readonly value: unknown;
}

export interface NarrowedSettings {
  readonly file: ConfigFile;
  readonly ignored: readonly Ignored[];
  /** At most one line, for the user. */
  readonly notes: readonly string[];
}

/** Of a file that is not trusted. */
export function narrowSettings(file: ProjectFile, baseline: Baseline): NarrowedSettings {
  const { path, settings } = file;
  const { accepted, ignored } = filterTable(settings, '', (key, value) => narrows(file, baseline, { key, value }));
  const notes = ignored.length > 0 ? [noteOf(file, ignored)] : [];
  return { file: { path, settings: accepted as FileSettings }, ignored, notes };
}

// ---

interface Setting {
  readonly key: string;
  readonly value: unknown;
}

interface FilteredTable {
  readonly accepted: object;
  readonly ignored: readonly Ignored[];
}

/** Filters keys, also within tables such as `[security]`. Deeper tables count as one value. */
function filterTable(
  table: object,
  prefix: string,
  isAccepted: (key: string, value: unknown) => boolean,
): FilteredTable {
  const accepted: [string, unknown][] = [];
  const ignored: Ignored[] = [];
  for (const [name, value] of Object.entries(table)) {
    const key = `${prefix}${name}`;
    if (isAccepted(key, value)) accepted.push([name, value]);
    else if (prefix === '' && isTable(value)) {
      const inner = filterTable(value, `${key}.`, isAccepted);
      ignored.push(...inner.ignored);
      if (Object.keys(inner.accepted).length > 0) accepted.push([name, inner.accepted]);
    } else ignored.push({ name: key, value });
  }
  return { accepted: Object.fromEntries(accepted), ignored };
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function narrows(file: ProjectFile, baseline: Baseline, { key, value }: Setting): boolean {
  const narrowing = Object.hasOwn(KEYS, key) ? KEYS[key]?.untrusted : undefined;
  // A file of another user was not fetched by this user.
  if (narrowing === undefined || !file.isOwn) return false;
  return NARROWS[narrowing](value, { key, baseline, directory: dirname(file.path) });
}

interface NarrowingContext {
  readonly key: string;
  readonly baseline: Baseline;
  /** Of the project's file. */
  readonly directory: string;
}

const NARROWS: Readonly<Record<Narrowing, (value: unknown, context: NarrowingContext) => boolean>> = {
  lower: (value, { key, baseline }) => {
    const limit = typeof value === 'number' ? value : parseDuration(String(value), `${key} of rookery.toml`);
    return limit <= (baseline.limits[key] ?? 0);
  },
  within: (value, { baseline, directory }) => {
    const root = realOf(directory);
    const target = resolve(directory, String(value));
    const relativePath = relative(directory, target);
    const real = realOf(target);
    // No symlinks in the path: their target could change later.
    if (
      root === undefined ||
      real === undefined ||
      real !== resolve(root, relativePath) ||
      !isWithinDirectory(root, real)
    )
      return false;
    const currentWorkspace = realOf(baseline.workspace);
    const home = realOf(homedir());
    return (
      statSync(real).isDirectory() &&
      currentWorkspace !== undefined &&
      isWithinDirectory(currentWorkspace, real) &&
      !(home !== undefined && isWithinDirectory(real, home)) &&
      // Inside it, protected names would not be recognized.
      protectionOf(relativePath) === undefined &&
      !relativePath.split(sep).some((name) => name.startsWith('.'))
    );
  },
};

function isWithinDirectory(directory: string, path: string): boolean {
  const relativePath = relative(directory, path);
  return relativePath !== '..' && !relativePath.startsWith(`..${sep}`);
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

const MAX_NAMES = 12;

function noteOf({ path, trust, isOwn }: ProjectFile, ignored: readonly Ignored[]): string {
  const names = ignored.slice(0, MAX_NAMES).map(({ name }) => name);
  const more = ignored.length > MAX_NAMES ? ` and ${ignored.length - MAX_NAMES} more` : '';
  const why = trust === 'changed' ? 'has changed since you trusted it' : 'is not trusted';
  const ownerClause = isOwn ? '' : ' and belongs to another user';
  return `${path.replaceAll('\n', '\\n')} ${why}${ownerClause}, so these settings of it are ignored: ${names.join(', ')}${more}. Read it, then trust it there with: rookery config --trust`;
}
