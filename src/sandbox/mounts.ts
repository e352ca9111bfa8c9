/**
 * The file system that a command sees, as arguments of bubblewrap: the host read-only, the workspace writable, homes,
 * private files and host sockets hidden, installed toolchains and the repository of a linked work tree shown read-only.
 * The order matters: a later mount covers an earlier one.
 */

import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { findCredentials } from '../files/credential-files.js';
import { isDirectory } from '../files/is-directory.js';
import { isWithin } from '../files/paths.js';
import { LIMITS } from './cgroup.js';
import { HOME_ROOTS, PRIVATE_PATHS, TEMPORARY } from './hidden-roots.js';
import { pinsOf } from './protect.js';
import type { VisiblePath } from './sandbox.js';

export interface View {
  /** Real path. */
  readonly workspace: string;
  readonly home: string;
  readonly hidden: readonly string[];
  /** Real paths in the workspace. */
  readonly fixed: readonly string[];
  /** Real paths of files that hold credentials, most of them in the workspace: a name there may lead out of it. */
  readonly credentials: readonly string[];
  readonly sockets: readonly string[];
  /** The PATH; programs in a home are shown again. */
  readonly path: string;
  readonly shown: readonly VisiblePath[];
  /** The same, and writable: what a person's settings name. */
  readonly writable: readonly VisiblePath[];
  /** The task's home and caches, as arguments. */
  readonly taskHome: readonly string[];
}

/** The private home directory of a command. */
export const PRIVATE_HOME = '/run/home';

/** Throws a RookeryError for a workspace in which nothing could be hidden. */
export async function mounts(view: View): Promise<string[]> {
  const { workspace, fixed } = view;
  const [home] = await realPaths([view.home]);
  const homes = await realPaths([...HOME_ROOTS, view.home]);
  const hidden = await realPaths(view.hidden);
  assertConfinable(workspace, { homes: homes.filter((path) => path !== home || path !== workspace), hidden });
  const temporary = await realPaths(TEMPORARY);
  const outside = [...homes, ...hidden, ...(await realPaths(PRIVATE_PATHS))].filter(
    (path) => !isWithin(workspace, path),
  );
  const covered = outermost(outside).filter((path) => !temporary.some((root) => isWithin(root, path)));
  const shown = [
    ...(await toolchains(pathOutside(workspace, view.path), homes)),
    await linkedRepository(workspace),
  ].filter((path) => path !== undefined);
  const dotPaths = home === workspace ? await dotEntries(home) : [];
  const within = outermost([...hidden.filter((path) => isWithin(workspace, path)), ...dotPaths]);
  const unseen = [...covered, ...temporary].filter((root) => !isWithin(root, workspace));
  // A mount moves with what it lies on, so these need no pins.
  const credentials = outermost([...view.credentials, ...within]).filter(
    (path) => !within.includes(path) && !unseen.some((root) => isWithin(root, path)),
  );
  const seenAgain = [...shown, ...[...view.shown, ...view.writable].map(({ path }) => path)];
  // What lies in the workspace is covered by its own mount.
  const unseenAgain = [...view.shown, ...view.writable]
    .flatMap(({ without }) => without)
    .filter((path) => !isWithin(workspace, path));
  return [
    ...SYSTEM_MOUNTS,
    ...temporary.flatMap((path) => emptyMount(path, path === '/tmp' ? LIMITS.temporaryBytes : LIMITS.smallBytes)),
    ...['--remount-ro', '/dev', '--dir', PRIVATE_HOME],
    ...(await hideMounts(covered)),
    ...[...shown, ...view.shown.map(({ path }) => path)].flatMap((path) => ['--ro-bind', path, path]),
    ...view.writable.flatMap(({ path }) => ['--bind', path, path]),
    ...(await hideMounts(unseenAgain)),
    ...view.taskHome,
    ...['--bind', workspace, workspace],
    ...pinsOf(workspace, [...fixed, ...within]).flatMap((path) => ['--bind', path, path]),
    ...fixed.flatMap((path) => ['--ro-bind', path, path]),
    ...(await hideMounts([...within, ...credentials])),
    ...maskMounts(view.sockets, { shown: [workspace, ...seenAgain], unseen: [...covered, ...temporary] }),
    ...(await readOnlyRemounts([...covered, ...unseenAgain, ...within, ...credentials])),
  ];
}

/** @returns the existing paths, with symlinks resolved and without duplicates. */
export async function realPaths(paths: readonly string[]): Promise<string[]> {
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined)));
  return [...new Set(real.filter((path) => path !== undefined))];
}

export async function hideMounts(paths: readonly string[]): Promise<string[]> {
  const all = await Promise.all(
    paths.map(async (path) =>
      (await isDirectory(path)) ? emptyMount(path, LIMITS.smallBytes) : ['--ro-bind', '/dev/null', path],
    ),
  );
  return all.flat();
}

/** For the end of the list: until then places to mount on are made in them. */
export async function readOnlyRemounts(paths: readonly string[]): Promise<string[]> {
  const directories = await Promise.all(
    paths.map(async (path) => ((await isDirectory(path)) ? ['--remount-ro', path] : [])),
  );
  return directories.flat();
}

export function emptyMount(path: string, bytes: number): string[] {
  return ['--size', String(bytes), '--tmpfs', path];
}

/** The settings and credentials of a home: all whose name begins with a dot. A link hides nothing by itself. */
export async function dotEntries(home: string): Promise<string[]> {
  const entries = await readdir(home, { withFileTypes: true });
  const dots = entries.filter((entry) => entry.name.startsWith('.') && (entry.isDirectory() || entry.isFile()));
  return dots.map(({ name }) => join(home, name));
}

/** The limit of mounts on one command line. */
const MAX_CREDENTIALS = 2_000;

/**
 * The credential files of a workspace, with symlinks followed. Throws a RookeryError where there are too many to hide:
 * the command does not run then. Nothing is made for those that do not exist.
 */
export async function credentialsToHide(workspace: string): Promise<string[]> {
  const { paths } = await findCredentials(workspace);
  if (paths.length <= MAX_CREDENTIALS) return realPaths(paths);
  throw new RookeryError(
    'environment',
    `The workspace holds ${paths.length} files that may hold credentials, too many to hide.`,
    {
      hint: 'Start the task with --allow secrets, or choose a smaller --workspace.',
    },
  );
}

/** Removes paths that lie under another path of the list. */
export function outermost(paths: readonly string[]): string[] {
  const distinct = [...new Set(paths)];
  return distinct.filter((path) => !distinct.some((other) => other !== path && isWithin(other, path)));
}

/** Real paths, to be shown read-only. `path` is a PATH. */
export async function toolchains(path: string, homes: readonly string[]): Promise<string[]> {
  const shown: string[] = [];
  for (const entry of new Set(path.split(':'))) {
    const real = entry.startsWith('/') ? await realpath(entry).catch(() => undefined) : undefined;
    const home = homes.find((one) => real !== undefined && real !== one && isWithin(one, real));
    if (real === undefined || home === undefined) continue;
    shown.push(await toolchainRoot(real, home));
    // The Python of a virtual environment is a link to that of another place.
    const python = await realpath(join(real, 'python')).catch(() => undefined);
    if (python !== undefined && isWithin(home, python)) shown.push(await toolchainRoot(dirname(python), home));
  }
  return [...new Set(shown)];
}

/**
 * `bin` alone does not work where it needs the `lib` next to it (nvm, fnm, pyenv, asdf). Not so near the home, where
 * the directory around it holds other things: ~/.local, ~/.cargo.
 */
export async function toolchainRoot(bin: string, home: string): Promise<string> {
  const around = dirname(bin);
  const depth = relative(home, around).split('/').length;
  if (basename(bin) !== 'bin' || depth < 3) return bin;
  return (await readdir(around).catch((): string[] => [])).includes('lib') ? around : bin;
}

/** @returns the real path of the repository; undefined when the workspace is not a linked work tree. */
export async function linkedRepository(workspace: string): Promise<string | undefined> {
  const pointer = await firstLine(join(workspace, '.git'));
  const target = /^gitdir: (.+)$/.exec(pointer ?? '')?.[1];
  if (target === undefined) return undefined;
  const gitDirectory = await realpath(resolve(workspace, target)).catch(() => undefined);
  if (gitDirectory === undefined || !/\/worktrees\/[^/]+$/.test(gitDirectory)) return undefined;
  const backPointer = await firstLine(join(gitDirectory, 'gitdir'));
  return backPointer === join(workspace, '.git') ? dirname(dirname(gitDirectory)) : undefined;
}

/** Absolute real paths. Empty where the kernel does not report them. */
export async function listeningSockets(): Promise<string[]> {
  const table = await readFile('/proc/net/unix', 'utf8').catch(() => '');
  // The path is the eighth column and may hold blanks; an abstract name begins with @ and is held by its namespace.
  const paths = table.split('\n').flatMap((line) => /^(?:\S+\s+){7}(\/.*)$/.exec(line)?.[1] ?? []);
  const sockets: string[] = [];
  for (const path of new Set(paths)) if (await isSocket(path)) sockets.push(path);
  return sockets;
}

// ---

const SYSTEM_MOUNTS: readonly string[] = [
  ...['--ro-bind', '/', '/'],
  ...['--dev', '/dev'],
  ...['--proc', '/proc'],
  // A worker that is root could else set what the kernel of this host runs when a program crashes.
  ...['--ro-bind', '/proc/sys', '/proc/sys'],
  ...['/proc/sysrq-trigger', '/proc/acpi', '/proc/scsi', '/proc/fs'].flatMap((path) => ['--ro-bind-try', path, path]),
];

function assertConfinable(workspace: string, { homes, hidden }: Record<'homes' | 'hidden', readonly string[]>): void {
  const holds = homes.some((path) => isWithin(workspace, path)) ? 'holds the home directories of this host' : undefined;
  const why = hidden.includes(workspace) ? 'is the work directory of Rookery' : holds;
  if (why === undefined) return;
  throw new RookeryError('environment', `Commands cannot be confined to the workspace ${workspace}: it ${why}.`, {
    hint: 'Choose another --workspace.',
  });
}

/** What a PATH names in the workspace is seen anyway, and could be a link to anywhere. */
function pathOutside(workspace: string, path: string): string {
  return path
    .split(':')
    .filter((entry) => !isWithin(workspace, entry))
    .join(':');
}

/** A read-only mount does not prevent connections to a socket on it. */
function maskMounts(
  sockets: readonly string[],
  { shown, unseen }: Record<'shown' | 'unseen', readonly string[]>,
): string[] {
  const within = (roots: readonly string[], path: string): boolean => roots.some((root) => isWithin(root, path));
  const visible = sockets.filter((path) => within(shown, path) || !within(unseen, path));
  return visible.flatMap((path) => ['--ro-bind', '/dev/null', path]);
}

async function firstLine(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').then(
    (text) => text.split('\n', 1)[0],
    () => undefined,
  );
}

async function isSocket(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isSocket(),
    () => false,
  );
}
