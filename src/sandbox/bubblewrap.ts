/**
 * The sandbox of Linux: bubblewrap with new namespaces of every kind, no capability, a system call filter and
 * limits. It ends with the worker, and every process in it ends with it.
 */
import { realpath } from 'node:fs/promises';
import { relative } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { fileProblem } from '../files/errors.js';
import { isWithin } from '../files/paths.js';
import { type ControlGroup, createControlGroup } from './cgroup.js';
import { hintFor } from './hidden-hint.js';
import { HOME_ROOTS } from './hidden-roots.js';
import { FILTER_FD, inside, outside } from './launch.js';
import { credentialsToHide, listeningSockets, mounts, PRIVATE_HOME, realPaths, toolchains } from './mounts.js';
import { type AllowedNetwork, openNetwork } from './network.js';
import { type Protection, protect } from './protect.js';
import type { Confined, Sandbox, SandboxOptions, SandboxRequest } from './sandbox.js';
import { withoutShims } from './shims.js';
import { type Visible, visibleFor } from './visible.js';

export interface Bubblewrap {
  /** Absolute path of the program. */
  readonly program: string;
  /** A path from which the system call filter can be read. */
  readonly filter: string;
  readonly perNamespace: boolean;
  /** Descriptors that this process inherited by mistake and that a command would inherit. */
  readonly strayDescriptors: readonly number[];
}

export function createBubblewrap(bubblewrap: Bubblewrap, options: SandboxOptions): Sandbox {
  return { givesHosts: true, command: (request) => confine(request, bubblewrap, options) };
}

// ---

const FIXED_ARGS: readonly string[] = [
  ...['--unshare-all', '--unshare-user', '--disable-userns', '--die-with-parent', '--new-session'],
  ...['--cap-drop', 'ALL', '--hostname', 'sandbox', '--seccomp', String(FILTER_FD)],
];

/** A place to mount on went away since it was looked at: any program of this host may take its sockets away. */
const NOT_STARTED = /^bwrap: Can't [^\n]*\n?$/;

async function confine(request: SandboxRequest, bubblewrap: Bubblewrap, options: SandboxOptions): Promise<Confined> {
  const made: Made = {};
  try {
    const { workspace, cwd } = await places(request);
    const isHome = (await realpath(options.home).catch(() => '')) === workspace;
    const homes = await realPaths([...HOME_ROOTS, options.home]);
    const { home, env: workerEnv } = options;
    const path = await withoutShims(request.env.PATH ?? '', { homes, home, cwd, workspace, env: workerEnv });
    made.protection = await protect({ workspace, isHome, notes: options.notes, restoring: request.restoring === true });
    made.group = await createControlGroup();
    if (request.hosts?.length || request.named?.length) made.network = await openNetwork(request);
    const { fixed } = made.protection;
    const credentials = request.secrets ? [] : await credentialsToHide(workspace);
    const sockets = await listeningSockets();
    made.visible = await visibleFor({ ...request, workspace, cwd }, options);
    const { writable, taskHome } = made.visible;
    const shown = [...made.visible.shown, ...(request.shown ?? [])];
    const view = { ...options, workspace, fixed, credentials, sockets, path, shown, writable, taskHome };
    const env = { ...made.visible.env, ...request.env, ...made.visible.instead, PATH: path || undefined };
    const { plain, set } = environment(env, made.network?.env ?? {});
    const ignored = ignoredByGit(workspace, made.protection.standIns);
    const { perNamespace } = bubblewrap;
    const command = inside(request.argv, { bridge: made.network?.bridge, perNamespace, ignored });
    const args = [
      ...FIXED_ARGS,
      ...set,
      ...(await mounts(view)),
      ...(made.network?.mounts ?? []),
      '--chdir',
      cwd,
      '--',
    ];
    return {
      argv: outside({
        controlGroupFiles: made.group.processFiles,
        descriptorsToClose: bubblewrap.strayDescriptors,
        filter: bubblewrap.filter,
        bubblewrap: [bubblewrap.program, ...args, ...command],
      }),
      env: plain,
      isAround: true,
      notStarted: NOT_STARTED,
      explain: async (output) => {
        const inPath = await toolchains(path, homes);
        const visible = [...[...shown, ...writable].map((one) => one.path), ...inPath];
        return hintFor(output, { ...options, cwd, workspace, visible });
      },
      release: () => release(made),
    };
  } catch (error) {
    await release(made);
    throw error;
  }
}

/** What lies in the repository itself is not a part of the work tree. */
function ignoredByGit(workspace: string, standIns: readonly string[]): string[] {
  return standIns.map((path) => relative(workspace, path)).filter((path) => !path.startsWith('.git/'));
}

interface Made {
  protection?: Protection;
  group?: ControlGroup;
  network?: AllowedNetwork;
  visible?: Visible;
}

async function release({ protection, group, network, visible }: Made): Promise<readonly string[]> {
  const hits = (await group?.hits()) ?? [];
  await Promise.all([network?.close(), protection?.release(), group?.remove(), visible?.close()]);
  return [...hits, ...(visible?.notes ?? []), ...(network?.refused() ?? [])];
}

async function places({ workspace, cwd }: SandboxRequest): Promise<{ workspace: string; cwd: string }> {
  try {
    const real = { workspace: await realpath(workspace), cwd: await realpath(cwd) };
    if (isWithin(real.workspace, real.cwd)) return real;
  } catch (error) {
    throw new RookeryError('environment', `The workspace cannot be entered: ${fileProblem(error)}.`);
  }
  throw new RookeryError('environment', `The directory ${cwd} is not in the workspace.`);
}

/** These would already act on what is started outside, in front of the sandbox. */
const LOADER = /^(LD_|DYLD_|GLIBC_|GCONV_|MALLOC_|BASH|ENV$|SHELLOPTS$|PS4$|LOCPATH$|NLSPATH$|IFS$)/;

function environment(
  given: SandboxRequest['env'],
  network: Readonly<Record<string, string>>,
): { plain: Record<string, string>; set: string[] } {
  const own = { HOME: PRIVATE_HOME, TMPDIR: '/tmp', ...network };
  const plain: Record<string, string> = {};
  const set: string[] = [];
  for (const [name, value] of Object.entries({ ...given, ...own })) {
    if (value === undefined) continue;
    if (LOADER.test(name)) set.push('--setenv', name, value);
    else plain[name] = value;
  }
  return { plain, set };
}
