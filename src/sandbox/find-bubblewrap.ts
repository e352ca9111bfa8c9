/**
 * Finds bubblewrap, checks its version, prepares the system call filter, and advises when bubblewrap fails on a host.
 * Linux only. Does not test whether bubblewrap works.
 */
import { execFile } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';
import { access, constants, readdir, readFile, rm, stat } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sentenceOf } from '../domain/errors.js';
import { makeTemporaryDirectory } from '../files/temporary-directory.js';
import type { Bubblewrap } from './bubblewrap.js';
import { installLine } from './install-line.js';
import { isKnownArch, seccompProgram } from './seccomp.js';

export type FoundBubblewrap =
  | { readonly kind: 'found'; readonly bubblewrap: Bubblewrap; readonly version: string }
  | { readonly kind: 'absent'; readonly why: string; readonly fix: string };

export async function findBubblewrap(): Promise<FoundBubblewrap> {
  if (!isKnownArch(process.arch)) return absent(`there is none for ${process.arch}`, 'Run the worker on x64 or arm64');
  const program = await firstOf(PATHS);
  if (program === undefined) return absent('bubblewrap is not installed', installLine());
  const version = await versionOf(program);
  if (version === undefined) return absent(`${program} cannot be run`, installLine());
  if (isOlder(version, OLDEST)) return absent(`bubblewrap ${version} is too old`, `Use bubblewrap ${OLDEST} or newer`);
  try {
    const filter = await writeFilterFile(seccompProgram(process.arch));
    const perNamespace = !isOlder(release(), '5.14');
    return {
      kind: 'found',
      version,
      bubblewrap: { program, filter, perNamespace, strayDescriptors: await strayDescriptors() },
    };
  } catch (error) {
    return absent(`a temporary file cannot be written: ${sentenceOf(error)}`, `Free space in ${tmpdir()}`);
  }
}

export async function adviceFor(reason: string): Promise<string> {
  if (!/namespace|uid map|clone|permitted|denied|RTM_NEWADDR|mount/i.test(reason))
    return 'Try `bwrap --ro-bind / / true` by hand';
  if ((await isContainer()) === true) {
    return (
      'This is a container without user namespaces: the container is the boundary, so allow commands with --allow shell; ' +
      'or start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined'
    );
  }
  for (const [name, value, advice] of NAMESPACE_SWITCHES) {
    if ((await readFile(`/proc/sys/${name}`, 'utf8').catch(() => '')).trim() === value) return advice;
  }
  return 'Allow unprivileged user namespaces on this host';
}

// ---

/** Not the PATH: it may lead into a workspace. */
const PATHS = ['/usr/bin/bwrap', '/bin/bwrap', '/usr/local/bin/bwrap', '/run/current-system/sw/bin/bwrap'];
/** It brought --disable-userns, and --size shortly before. */
const OLDEST = '0.8.0';

function absent(why: string, fix: string): FoundBubblewrap {
  return { kind: 'absent', why, fix };
}

async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return path;
  }
  return undefined;
}

async function versionOf(program: string): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: 10_000 }).catch(() => ({
    stdout: '',
  }));
  return /(\d+(?:\.\d+)+)/.exec(stdout)?.[1];
}

function isOlder(version: string, than: string): boolean {
  const [one, other] = [version, than].map((text) => text.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0));
  for (let at = 0; at < 3; at++) {
    const difference = (one?.[at] ?? 0) - (other?.[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Node closes inherited descriptors only up to the first gap. Those that it opens itself do not reach children. */
async function strayDescriptors(): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc/self/fdinfo')) {
    const flags = /^flags:\s*([0-7]+)/m.exec(await readFile(`/proc/self/fdinfo/${name}`, 'utf8').catch(() => ''))?.[1];
    if (Number(name) > 2 && flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0)
      found.push(Number(name));
  }
  return found;
}

const CLOSE_ON_EXEC = 0o2000000;

/** A file without a name, for as long as this process lives: nothing to clean up, nothing to be replaced by others. */
async function writeFilterFile(bytes: Buffer): Promise<string> {
  const directory = await makeTemporaryDirectory('filter');
  try {
    // A bare descriptor, because an unreferenced handle is closed.
    const descriptor = openSync(join(directory, 'filter'), 'wx+', 0o600);
    writeSync(descriptor, bytes);
    return `/proc/${process.pid}/fd/${descriptor}`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const NAMESPACE_SWITCHES: readonly (readonly [name: string, value: string, advice: string])[] = [
  ['kernel/unprivileged_userns_clone', '0', 'sysctl -w kernel.unprivileged_userns_clone=1'],
  ['user/max_user_namespaces', '0', 'sysctl -w user.max_user_namespaces=15000'],
  [
    'kernel/apparmor_restrict_unprivileged_userns',
    '1',
    'Give bwrap its AppArmor profile (apt install apparmor-profiles, then enable bwrap-userns-restrict), or ' +
      'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  ],
];

async function isContainer(): Promise<boolean> {
  const marks = ['/.dockerenv', '/run/.containerenv'];
  const found = await Promise.all(marks.map((path) => stat(path).catch(() => undefined)));
  return found.some((one) => one !== undefined);
}
