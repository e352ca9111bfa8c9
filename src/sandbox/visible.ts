/**
 * What a command sees of the places that are hidden otherwise: toolchains, package caches, what the settings name, and the
 * home of its task; and the variables that lead programs there.
 */
import { realpath } from 'node:fs/promises';
import { isWithin } from '../files/paths.js';
import { LIMITS } from './cgroup.js';
import { chosenVersions, findToolchains } from './find-toolchains.js';
import { isHiddenPlace } from './hidden-roots.js';
import { credentialsToHide, emptyMount, PRIVATE_HOME, realPaths } from './mounts.js';
import type { SandboxOptions, SandboxRequest, VisiblePath } from './sandbox.js';
import { goProxies, INNER_CACHES, openTaskHome, type TaskHome, toolSettings } from './task-home.js';
import { NO_WIDENING } from './widening.js';

export interface Visible {
  readonly shown: readonly VisiblePath[];
  readonly writable: readonly VisiblePath[];
  readonly env: Readonly<Record<string, string>>;
  /** Instead of what the environment of the command says. */
  readonly instead: Readonly<Record<string, string>>;
  /** Arguments of bubblewrap. */
  readonly taskHome: readonly string[];
  readonly notes: readonly string[];
  /** Call it after the command. */
  close(): Promise<void>;
}

/** `homes` may be left out. */
type VisibleOptions = Omit<SandboxOptions, 'homes'> & { readonly homes?: string | undefined };

/** `cwd` and `workspace` are real paths. Throws a RookeryError for a setting that shows too many credentials. */
export async function visibleFor(request: SandboxRequest, options: VisibleOptions): Promise<Visible> {
  const { home, env = {}, widening = NO_WIDENING } = options;
  const place = { home, env, hidden: await realPaths(options.hidden) };
  const realHome = await realpath(home).catch(() => home);
  const toolchains = await findToolchains(place);
  const outside = ({ path }: VisiblePath): boolean =>
    isHiddenPlace(path, realHome) && !isWithin(request.workspace, path);
  const both = async (paths: readonly VisiblePath[]): Promise<VisiblePath[]> =>
    (await underBothNames(paths)).filter(outside);
  const given = Object.fromEntries(
    widening.env.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
  const taskHome = await taskHomeFor(request, options);
  const hasNetwork = [...(request.hosts ?? []), ...(request.named ?? [])].length > 0;
  return {
    shown: [
      ...(await both(toolchains.flatMap(({ shown }) => shown))),
      ...(await both(await widenedPaths(widening.read))),
    ],
    writable: await underBothNames(await widenedPaths(widening.write)),
    env: {
      ...chosenVersions(env),
      ...Object.assign({}, ...toolchains.map((one) => one.env)),
      ...toolSettings(place, hasNetwork),
      ...Object.assign({}, ...(taskHome?.caches ?? []).map((cache) => cache.env)),
      ...given,
    },
    instead: { ...goProxies(place, hasNetwork), ...given },
    taskHome: taskHome === undefined ? [] : homeMounts(taskHome),
    notes: taskHome?.notes ?? [],
    close: async () => taskHome?.close(),
  };
}

// ---

async function taskHomeFor(request: SandboxRequest, options: VisibleOptions): Promise<TaskHome | undefined> {
  const { homes, home, env = {}, hidden } = options;
  const { task, argv, cwd, workspace } = request;
  if (homes === undefined || task === undefined) return undefined;
  return openTaskHome({ homes, home, env, hidden, task, cwd, workspace, command: argv.join(' ') });
}

function homeMounts({ home, caches }: TaskHome): string[] {
  return [
    ...['--bind', home, PRIVATE_HOME],
    ...emptyMount(INNER_CACHES, LIMITS.smallBytes),
    ...caches.flatMap(({ name, directory }) => ['--bind', directory, `${INNER_CACHES}/${name}`]),
    ...['--remount-ro', INNER_CACHES],
  ];
}

/** A place in a home may be a symlink: programs use both names. */
async function underBothNames(paths: readonly VisiblePath[]): Promise<VisiblePath[]> {
  const all = await Promise.all(
    paths.map(async (one): Promise<VisiblePath[]> => {
      const real = await realpath(one.path);
      if (real === one.path) return [one];
      return [one, { path: real, without: await realPaths(one.without) }];
    }),
  );
  return all.flat();
}

/** Those that exist, with the credential files in them. */
async function widenedPaths(paths: readonly string[]): Promise<VisiblePath[]> {
  const found = await Promise.all(
    paths.map(async (path): Promise<VisiblePath | undefined> => {
      const real = await realpath(path).catch(() => undefined);
      return real === undefined ? undefined : { path, without: await credentialsToHide(path) };
    }),
  );
  return found.filter((one) => one !== undefined);
}
