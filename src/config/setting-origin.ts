/**
 * A setting's value together with the source that it came from, and the order in which the sources are tried: flag,
 * environment, the project's file, the user's file, default.
 */
import { dirname, resolve } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import type { OwnPrices } from '../models/prices/prices.js';
import { type OriginatedRule, originate } from '../policy/rule.js';
import type { ConfigFile } from './files.js';

export type Origin = 'flag' | 'environment' | 'project file' | 'user file' | 'default';

export interface Setting<T> {
  readonly value: T;
  readonly origin: Origin;
  /** What a person would change: a flag, a variable, a key of a file. Absent: nothing was given. */
  readonly source?: string | undefined;
}

type Name = keyof ConfigFile['settings'];
type Raw<K extends Name> = ConfigFile['settings'][K];

/** Empty text counts as absent, such as `ROOKERY_MODEL=`. */
export function isGiven<T>(value: T | undefined): value is T {
  return value !== undefined && value !== ('' as unknown);
}

export function picker(project: ConfigFile | undefined, user: ConfigFile | undefined) {
  return <K extends Name, F>(flag: F | undefined, env: F | undefined, name: K, fallback?: F | Raw<K>) => {
    const variable = VARIABLES[name] ?? `ROOKERY_${name.toUpperCase()}`;
    const found = firstGiven<F | Raw<K>>(
      { key: name, flag, env, variable, inFile: ({ settings }) => settings[name] },
      { project, user },
    );
    return (found.origin === 'default' ? { ...found, value: fallback } : found) as Setting<(F & Raw<K>) | undefined>;
  };
}

/** Throws what `change` throws; a `usage` error names the flag, variable or file that the value came from. */
export function mapSetting<A, B>(setting: Setting<A>, change: (value: A) => B): Setting<B> {
  const { value, origin, source } = setting;
  try {
    return { value: change(value), origin, source };
  } catch (error) {
    throw namingSource(error, source);
  }
}

/** Most of our sentences name the flag, which need not be what was given. */
export function namingSource(error: unknown, source: string | undefined): unknown {
  if (source === undefined || !(error instanceof RookeryError) || error.code !== 'usage') return error;
  const { message, hint, cause } = error;
  if (message.includes(source)) return error;
  return new RookeryError('usage', `${message} (from ${source})`, { ...(hint && { hint }), cause });
}

/** Where one setting may be given. */
export interface GivenSetting<T> {
  /** As a settings file spells it. */
  readonly key: string;
  readonly flag: T | undefined;
  readonly env: T | undefined;
  /** Name of the environment variable. */
  readonly variable: string;
  readonly inFile: (file: ConfigFile) => T | undefined;
}

export interface SettingsFiles {
  readonly project: ConfigFile | undefined;
  readonly user: ConfigFile | undefined;
}

/** The first source that has a value, with what a person would change there. */
export function firstGiven<T>(
  { key, flag, env, variable, inFile }: GivenSetting<T>,
  { project, user }: SettingsFiles,
): Setting<T | undefined> {
  const candidates: readonly (readonly [Origin, T | undefined, string?])[] = [
    ['flag', flag, flagOf(key)],
    ['environment', env, variable],
    ['project file', project && inFile(project), `${key} in ${project?.path}`],
    ['user file', user && inFile(user), `${key} in ${user?.path}`],
  ];
  const [origin, value, source] =
    candidates.find(([, candidate]) => isGiven(candidate)) ?? (['default', undefined] as const);
  return { value, origin, source };
}

/** Merges the files: a project's rules follow those of the user. */
export function rulesOf(
  project: ConfigFile | undefined,
  user: ConfigFile | undefined,
): Setting<readonly OriginatedRule[]> {
  const userRules = originate(user?.settings.policy?.rules ?? [], 'user file');
  const projectRules = originate(project?.settings.policy?.rules ?? [], 'project file');
  const origin = projectRules.length > 0 ? 'project file' : userRules.length > 0 ? 'user file' : 'default';
  return { value: [...userRules, ...projectRules], origin };
}

/** Merges the files: a project's prices go before those of the user. */
export function pricesOf(project: ConfigFile | undefined, user: ConfigFile | undefined): Setting<OwnPrices> {
  const [userPrices, projectPrices] = [user?.settings.prices, project?.settings.prices];
  const origin = projectPrices ? 'project file' : userPrices ? 'user file' : 'default';
  return { value: { ...userPrices, ...projectPrices }, origin };
}

/** Resolves paths relative to the file that holds them; the project's file is in the current directory. */
export function resolvePaths(
  { value, origin }: Setting<readonly string[] | undefined>,
  { cwd, user }: { readonly cwd: string; readonly user: ConfigFile | undefined },
): Setting<readonly string[]> {
  const base = origin === 'user file' && user ? dirname(user.path) : cwd;
  return { value: (value ?? []).map((path) => resolve(base, path)), origin };
}

// ---

/** A key of a table has the flag of its last part. */
function flagOf(key: string): string {
  return `--${(key.split('.').at(-1) ?? key).replaceAll('_', '-')}`;
}

/** Variables that are not named after the key of their setting. */
const VARIABLES: { readonly [K in Name]?: string } = { web_search: 'ROOKERY_SEARXNG_URL' };
