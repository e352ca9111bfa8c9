/**
 * `workspace` of a settings file: a path, or a table with the path and with what other hosts have of it. The latter is a
 * statement about the user's hosts, so it counts only in the user's own file.
 */
import { dirname, resolve } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import type { ConfigFile } from './files.js';
import { firstGiven, type Setting } from './setting-origin.js';

export interface WorkspaceSettings {
  readonly workspace: Setting<string>;
  readonly sharing: Setting<Sharing>;
}

/** What other hosts have of a workspace. */
export interface Sharing {
  /** Every host has the same workspaces under the same paths. */
  readonly shared: boolean;
  /** `git`: the work in a git workspace is shipped as a bundle. */
  readonly ship: 'off' | 'git';
  /** Absolute; absent with `off`. */
  readonly bundle_dir?: string;
  readonly bundle_max_mb: number;
}

interface WorkspaceSources {
  readonly flags: { readonly workspace?: string };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly project: ConfigFile | undefined;
  readonly user: ConfigFile | undefined;
}

export function workspaceSettings({ flags, env, cwd, project, user }: WorkspaceSources): WorkspaceSettings {
  const variable = 'ROOKERY_WORKSPACE';
  const inFile = (file: ConfigFile) => tableIn(file).path;
  const given = firstGiven(
    { key: 'workspace', flag: flags.workspace, env: env[variable], variable, inFile },
    { project, user },
  );
  return { workspace: { ...given, value: resolve(cwd, given.value ?? cwd) }, sharing: sharingOf(project, user) };
}

// ---

const DEFAULT: Sharing = { shared: false, ship: 'off', bundle_max_mb: 200 };

type Table = Exclude<NonNullable<ConfigFile['settings']['workspace']>, string>;

function tableIn(file: ConfigFile | undefined): Table {
  const { workspace = {} } = file?.settings ?? {};
  return typeof workspace === 'string' ? { path: workspace } : workspace;
}

function sharingOf(project: ConfigFile | undefined, user: ConfigFile | undefined): Setting<Sharing> {
  const { path: _, ...ofProject } = tableIn(project);
  const [name] = Object.keys(ofProject);
  if (project && name !== undefined) {
    throw new RookeryError(
      'usage',
      `${project.path} sets workspace.${name}, which counts only in your own config.toml`,
      {
        hint: 'It says what your other hosts have',
      },
    );
  }
  const { path: __, bundle_dir, ...given } = tableIn(user);
  if (!user || (bundle_dir === undefined && Object.keys(given).length === 0))
    return { value: DEFAULT, origin: 'default' };
  const value = {
    ...DEFAULT,
    ...given,
    ...(bundle_dir === undefined ? {} : { bundle_dir: resolve(dirname(user.path), bundle_dir) }),
  } as Sharing;
  if (value.ship === 'git' && bundle_dir === undefined) {
    throw new RookeryError('usage', `${user.path} sets workspace.ship and no workspace.bundle_dir`, {
      hint: 'Name a directory that your hosts share',
    });
  }
  return { value, origin: 'user file' };
}
