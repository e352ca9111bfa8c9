/**
 * The home directory and the package caches that the commands of one task share: on disk, kept between its commands,
 * removed with the task. Nothing outside writes into a directory that a command has had: a cache is built beside it and
 * renamed into place.
 */
import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { registryVariables } from '../domain/registries.js';
import { fileNameOf } from '../domain/task-id.js';
import { LIMITS } from './cgroup.js';
import { cacheDirectory, expand, moduleCache, type ToolchainPlace } from './find-toolchains.js';
import { mirrorTree } from './mirror-tree.js';
import { PACKAGE_CACHES, type PackageCache } from './package-caches.js';

export interface TaskHome {
  /** On this host; commands have it as their home. */
  readonly home: string;
  readonly caches: readonly TaskCache[];
  /** Sentences for the person and the model. */
  readonly notes: readonly string[];
  /** Call it after the command. */
  close(): Promise<void>;
}

export interface TaskCache {
  readonly name: string;
  /** On this host. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface TaskHomeRequest extends ToolchainPlace {
  /** Holds the homes of all tasks. */
  readonly homes: string;
  readonly task: string;
  readonly command: string;
  readonly workspace: string;
  readonly cwd: string;
}

/** Where a command sees the caches. */
export const INNER_CACHES = '/run/cache';

export async function openTaskHome(request: TaskHomeRequest): Promise<TaskHome> {
  const base = taskHomeDirectory(request.homes, request.task);
  const notes = await emptied(base);
  const home = join(base, 'home');
  await mkdir(home, { recursive: true, mode: 0o700 });
  users.set(base, (users.get(base) ?? 0) + 1);
  const opened = performance.now();
  const caches: TaskCache[] = [];
  for (const cache of PACKAGE_CACHES) {
    const original = cacheDirectory(cache, request);
    const directory = join(base, cache.name);
    if (!(await exists(directory)) && !((await isWanted(cache, request)) && (await build(cache, original, base))))
      continue;
    caches.push({ name: cache.name, directory, env: cache.env(`${INNER_CACHES}/${cache.name}`, original) });
  }
  return { home, caches, notes, close: () => close(base, opened) };
}

export function taskHomeDirectory(homes: string, task: string): string {
  return join(homes, fileNameOf(task));
}

/** For a directory that commands wrote: Go makes directories in it read-only. */
export async function removeTaskHome(homes: string, task: string): Promise<void> {
  await removeTree(taskHomeDirectory(homes, task));
}

/** What tools of each kind are told besides, such as not to wait for a network that is not there. */
export function toolSettings(place: ToolchainPlace, hasNetwork: boolean): Record<string, string> {
  const goFlags = [place.env.GOFLAGS, '-modcacherw'].filter(Boolean).join(' ');
  return {
    GOFLAGS: goFlags,
    npm_config_update_notifier: 'false',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    ...(hasNetwork ? {} : WITHOUT_NETWORK),
  };
}

/**
 * Where Go looks for modules, instead of what the worker's environment says alone: the person's module cache first. Without
 * a network also for private ones, which it would ask the network for.
 */
export function goProxies(place: ToolchainPlace, hasNetwork: boolean): Record<string, string> {
  const cache = `file://${moduleCache(place)}/cache/download`;
  if (!hasNetwork) return { GOPROXY: cache, GONOPROXY: 'none' };
  const { GOPROXY = 'https://proxy.golang.org' } = registryVariables(place.env);
  return { GOPROXY: `${cache},${GOPROXY}` };
}

// ---

const WITHOUT_NETWORK: Readonly<Record<string, string>> = {
  npm_config_fetch_retries: '0',
  npm_config_prefer_offline: 'true',
  PIP_RETRIES: '0',
  CARGO_NET_OFFLINE: 'true',
  CARGO_NET_RETRY: '0',
  UV_OFFLINE: '1',
};

/** Commands that run now, by directory. */
const users = new Map<string, number>();
/** Beside what commands see. */
const OVER = 'over';
/** A shorter command did not write much. */
const MEASURED_FROM_MS = 1_000;

async function isWanted(cache: PackageCache, { command, cwd, workspace }: TaskHomeRequest): Promise<boolean> {
  if (cache.programs.test(command)) return true;
  const places = [...new Set([cwd, workspace])].flatMap((at) => cache.manifests.map((name) => join(at, name)));
  return (await Promise.all(places.map(exists))).includes(true);
}

/** @returns false when there is nothing to take over */
async function build(cache: PackageCache, original: string, base: string): Promise<boolean> {
  const made = await mkdtemp(join(base, 'new-'));
  for (const path of (await Promise.all(cache.parts.map((part) => expand(original, part)))).flat())
    await mirrorTree({ from: original, to: made, part: relative(original, path) || '.', copied: cache.copied });
  if ((await readdir(made)).length === 0) {
    await rm(made, { recursive: true });
    return false;
  }
  // Another command of the task was first.
  await rename(made, join(base, cache.name)).catch(() => rm(made, { recursive: true, force: true }));
  return true;
}

async function close(base: string, opened: number): Promise<void> {
  if (performance.now() - opened > MEASURED_FROM_MS && (await bytesOf(base)) > LIMITS.taskHomeBytes)
    await writeFile(join(base, OVER), '').catch(() => undefined);
  const left = (users.get(base) ?? 1) - 1;
  if (left === 0) users.delete(base);
  else users.set(base, left);
}

async function emptied(base: string): Promise<string[]> {
  if (users.has(base) || !(await exists(join(base, OVER)))) return [];
  await removeTree(base);
  return [`the task's home and caches were over ${LIMITS.taskHomeBytes / 1024 ** 3} GiB and were emptied`];
}

async function bytesOf(directory: string): Promise<number> {
  const { stdout } = await promisify(execFile)('du', ['-skx', directory]).catch(() => ({ stdout: '0' }));
  return Number.parseInt(stdout, 10) * 1024;
}

async function removeTree(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true });
  } catch {
    // Symlinks are not followed.
    await promisify(execFile)('chmod', ['-R', 'u+rwX', directory]).catch(() => undefined);
    await rm(directory, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
