/**
 * Finds what the launchers in a PATH and the links of virtual environments lead to, and the caches of package managers:
 * the directories that a command is shown read-only, and the variables that name them. Looks at directories; runs nothing.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isCredential, isCredentialDirectory } from '../domain/credentials.js';
import { isWithin } from '../files/paths.js';
import { holdsTooMuch } from './hidden-roots.js';
import { PACKAGE_CACHES, type PackageCache } from './package-caches.js';
import type { VisiblePath } from './sandbox.js';
import { TOOLCHAINS, type Toolchain } from './toolchain-table.js';

export interface ToolchainPlace {
  readonly home: string;
  /** Of the worker. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Real paths that nothing may show. */
  readonly hidden: readonly string[];
}

export interface FoundToolchain {
  readonly name: string;
  /** Existing paths as a person has them, without symlinks resolved. */
  readonly shown: readonly VisiblePath[];
  readonly env: Readonly<Record<string, string>>;
}

export async function findToolchains(place: ToolchainPlace): Promise<FoundToolchain[]> {
  const found = await Promise.all([
    ...TOOLCHAINS.map((toolchain) => findOne(toolchain, place)),
    ...PACKAGE_CACHES.map((cache) => findCache(cache, place)),
    findModules(place),
  ]);
  return found.filter((one) => one !== undefined);
}

/** The directory of a package manager's cache, whether or not it exists. */
export function cacheDirectory({ variable, path }: PackageCache, { home, env }: ToolchainPlace): string {
  return absolute(variable && env[variable]) ?? join(home, path);
}

/** Go's module cache. */
export function moduleCache({ home, env }: ToolchainPlace): string {
  const path = absolute(env.GOPATH?.split(':')[0]) ?? join(home, 'go');
  return absolute(env.GOMODCACHE) ?? join(path, 'pkg', 'mod');
}

/** @returns the existing paths that match; `*` stands for any part of one name */
export async function expand(root: string, pattern: string): Promise<string[]> {
  let paths = [root];
  for (const part of pattern.split('/').filter((one) => one !== '.')) {
    const next = await Promise.all(paths.map((path) => entriesLike(path, part)));
    paths = next.flat();
  }
  const existing = await Promise.all(paths.map(exists));
  return paths.filter((_, at) => existing[at]);
}

// ---

/** Variables that choose a version; their values name no place. */
const CHOICES = /^(RUSTUP_TOOLCHAIN|PYENV_VERSION|RBENV_VERSION|NODENV_VERSION|GOTOOLCHAIN|GOFLAGS|CGO_ENABLED)$/;

export function chosenVersions(env: ToolchainPlace['env']): Record<string, string> {
  const chosen = Object.entries(env).filter(([name, value]) => CHOICES.test(name) && value !== undefined);
  return Object.fromEntries(chosen) as Record<string, string>;
}

async function findOne(toolchain: Toolchain, place: ToolchainPlace): Promise<FoundToolchain | undefined> {
  const { name, variable, roots, shown, without = [], needs = '.' } = toolchain;
  const given = absolute(variable && place.env[variable]);
  const candidates = given === undefined ? roots.map((root) => join(place.home, root)) : [given];
  for (const root of candidates) {
    if (!(await exists(join(root, needs)))) continue;
    const paths = (await Promise.all(shown.map((pattern) => expand(root, pattern)))).flat();
    const visible = await showable(paths, place);
    if (visible.length === 0) continue;
    const secret = (await Promise.all(without.map((pattern) => expand(root, pattern)))).flat();
    return {
      name,
      shown: visible.map((path) => ({ path, without: secret.filter((one) => isWithin(path, one)) })),
      env: variable === undefined ? {} : { [variable]: root },
    };
  }
  return undefined;
}

async function findCache(cache: PackageCache, place: ToolchainPlace): Promise<FoundToolchain | undefined> {
  const directory = cacheDirectory(cache, place);
  const paths = (await Promise.all(cache.parts.map((part) => expand(directory, part)))).flat();
  const visible = await showable(paths, place);
  if (visible.length === 0) return undefined;
  const secret = (await Promise.all((cache.without ?? []).map((pattern) => expand(directory, pattern)))).flat();
  const shown = visible.map((path) => ({ path, without: secret.filter((one) => isWithin(path, one)) }));
  return { name: `${cache.name} cache`, shown, env: {} };
}

/** Not `cache/vcs`: the addresses of its repositories may hold passwords. */
async function findModules(place: ToolchainPlace): Promise<FoundToolchain | undefined> {
  const visible = await showable([join(moduleCache(place), 'cache', 'download')], place);
  if (visible.length === 0) return undefined;
  return { name: 'go modules', shown: visible.map((path) => ({ path, without: [] })), env: {} };
}

/** A variable may name anything: never a home, the work directory, or a place of credentials. */
async function showable(paths: readonly string[], { home, hidden }: ToolchainPlace): Promise<string[]> {
  const realHome = await realpath(home).catch(() => home);
  const checked = await Promise.all(
    paths.map(async (path) => {
      const real = await realpath(path).catch(() => undefined);
      if (real === undefined || [path, real].some((one) => isSecretPlace(one, realHome))) return undefined;
      return hidden.some((one) => isWithin(one, real) || isWithin(real, one)) ? undefined : path;
    }),
  );
  return checked.filter((path) => path !== undefined);
}

function isSecretPlace(path: string, home: string): boolean {
  return holdsTooMuch(path, home) || isCredential(path) || isCredentialDirectory(path);
}

function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') ? path.replace(/(?<=.)\/+$/, '') : undefined;
}

async function entriesLike(directory: string, part: string): Promise<string[]> {
  if (!part.includes('*')) return [join(directory, part)];
  const pattern = new RegExp(`^${part.split('*').map(escaped).join('.*')}$`);
  const names = await readdir(directory).catch((): string[] => []);
  return names.filter((name) => pattern.test(name)).map((name) => join(directory, name));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
