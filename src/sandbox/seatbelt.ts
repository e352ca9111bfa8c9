/**
 * The sandbox of macOS: sandbox-exec with a profile made for each command. It has no namespaces and no parent-death
 * signal: what leaves the group is ended by the marks in its environment, or not at all after a kill of the worker.
 */
import { access, constants, realpath, rm } from 'node:fs/promises';
import { release } from 'node:os';
import { dirname } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { PROTECTED } from '../domain/protected.js';
import { makeTemporaryDirectory } from '../files/temporary-directory.js';
import { credentialsToHide, linkedRepository } from './mounts.js';
import { writableRepository } from './own-worktree.js';
import type { Confined, DetectedSandbox, Sandbox, SandboxOptions, SandboxRequest, VisiblePath } from './sandbox.js';
import { visibleFor } from './visible.js';

const PROGRAM = '/usr/bin/sandbox-exec';

export async function findSeatbelt(): Promise<
  { kind: 'found'; version: string } | Extract<DetectedSandbox, { kind: 'absent' }>
> {
  const there = await access(PROGRAM, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (there) return { kind: 'found', version: `Darwin ${release()}` };
  return { kind: 'absent', why: `${PROGRAM} is missing`, fix: 'Allow commands with --allow shell' };
}

export function createSeatbelt(options: SandboxOptions): Sandbox {
  return { command: (request) => confine(request, options) };
}

/** The profile of one command. Later rules win. */
export function profile({
  workspace,
  home,
  hidden,
  credentials,
  scratch,
  shown = [],
  writable = [],
  fixed = [],
}: Region): string {
  const unseen = ['/Users', home, '/private/var/folders', '/private/tmp', '/private/var/tmp', '/Volumes'];
  return [
    '(version 1)',
    '(allow default)',
    '(deny network*)',
    '(deny mach-lookup (global-name "com.apple.pasteboard.1") (global-name "com.apple.securityd.xpc") (global-name "com.apple.SecurityServer"))',
    '(deny appleevent-send)',
    '(deny signal) (allow signal (target same-sandbox))',
    '(deny process-info*) (allow process-info* (target same-sandbox))',
    '(deny file-write*)',
    '(allow file-write* (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty"))',
    `(deny file-read* ${unseen.map(subpath).join(' ')})`,
    // Programs look at the directories above where they are.
    `(allow file-read-metadata ${above(workspace).map(literal).join(' ')})`,
    `(allow file-read* file-write* ${subpath(workspace)} ${subpath(scratch)})`,
    // A repository must stay usable: files in it that run programs have a separate rule.
    `(deny file-write* ${PROTECTED.filter(({ path }) => path !== '.git' && path !== 'HEAD')
      .map(({ path }) => pattern(workspace, path))
      .join(' ')})`,
    `(deny file-write* (regex #"^${escaped(workspace)}/(.*/)?\\.git/(hooks|config|config\\.worktree|modules|commondir)(/|$)"))`,
    ...hidden.map((path) => `(deny file-read* file-write* ${subpath(path)})`),
    ...shown.map(({ path }) => `(allow file-read* ${subpath(path)})`),
    ...writable.map((path) => `(allow file-write* ${subpath(path)})`),
    ...fixed.map((path) => `(deny file-write* ${subpath(path)})`),
    ...shown.flatMap(({ without }) => without.map((path) => `(deny file-read* file-write* ${subpath(path)})`)),
    ...credentials.map((path) => `(deny file-read* file-write* ${subpath(path)})`),
  ].join('\n');
}

// ---

interface Region {
  readonly workspace: string;
  readonly home: string;
  readonly hidden: readonly string[];
  /** Credential files of the workspace that are to be hidden. */
  readonly credentials: readonly string[];
  /** Home and temporary files of the command. */
  readonly scratch: string;
  readonly shown?: readonly VisiblePath[];
  /** Of what is shown, the paths that may be written. */
  readonly writable?: readonly string[];
  /** Of what may be written, the paths that may not. */
  readonly fixed?: readonly string[];
}

async function confine(request: SandboxRequest, options: SandboxOptions): Promise<Confined> {
  const { home, hidden } = options;
  if (request.hosts?.length || request.named?.length) {
    throw new RookeryError('environment', 'The sandbox of macOS cannot give a command single hosts.', {
      hint: 'Use web_fetch.',
    });
  }
  const scratch = await makeTemporaryDirectory('command');
  const workspace = await realpath(request.workspace);
  const credentials = request.secrets ? [] : await credentialsToHide(workspace);
  // A home and caches that a task keeps need mounts.
  const visible = await visibleFor({ ...request, workspace }, { ...options, homes: undefined });
  const repository = await linkedRepository(workspace);
  const own = await writableRepository(workspace, repository, options.worktrees);
  const linked = repository === undefined ? [] : [{ path: repository, without: [] }];
  const shown = [...(request.shown ?? []), ...visible.shown, ...visible.writable, ...linked];
  const writable = [...own.writable, ...visible.writable.map(({ path }) => path)];
  const text = profile({
    workspace,
    home: await realpath(home),
    hidden,
    credentials,
    scratch,
    shown,
    writable,
    fixed: own.fixed,
  });
  const given = Object.entries({
    ...visible.env,
    ...request.env,
    ...visible.instead,
    HOME: scratch,
    TMPDIR: scratch,
  }).filter(([name, value]) => value !== undefined && !/^DYLD_/.test(name));
  return {
    argv: [PROGRAM, '-p', text, ...request.argv],
    env: Object.fromEntries(given) as Record<string, string>,
    isAround: false,
    release: async () => {
      await rm(scratch, { recursive: true, force: true });
      return [];
    },
  };
}

function pattern(workspace: string, name: string): string {
  return `(regex #"^${escaped(workspace)}/(.*/)?${name.startsWith('*') ? `.*${escaped(name.slice(1))}` : escaped(name)}(/|$)")`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\"]/g, '\\$&');
}

function above(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...above(parent), path];
}

function subpath(path: string): string {
  return `(subpath ${JSON.stringify(path)})`;
}

function literal(path: string): string {
  return `(literal ${JSON.stringify(path)})`;
}
