/**
 * `[sandbox]` of a settings file: what commands in the sandbox see besides. It widens what a task may see of this person's
 * files, so it counts only in the user's own file.
 */
import { homedir } from 'node:os';
import { RookeryError } from '../domain/errors.js';
import type { Widening } from '../sandbox/widening.js';
import type { ConfigFile } from './files.js';
import { mapSetting, type Setting } from './setting-origin.js';

interface SandboxSources {
  readonly project: ConfigFile | undefined;
  readonly user: ConfigFile | undefined;
  /** Rookery's own directories. */
  readonly own: readonly string[];
}

/** Throws a `usage` RookeryError for a path or name that may not be shown, and for a project's file with such settings. */
export async function sandboxSetting({ project, user, own }: SandboxSources): Promise<Setting<Widening>> {
  const [name] = Object.keys(project?.settings.sandbox ?? {});
  if (project && name !== undefined) {
    throw new RookeryError('usage', `${project.path} sets sandbox.${name}, which counts only in your own config.toml`, {
      hint: 'It shows files of yours to every task',
    });
  }
  const given = user?.settings.sandbox;
  if (!user || given === undefined) return { value: { read: [], write: [], env: [] }, origin: 'default' };
  // Loaded only when there is something to check.
  const { checkWidening } = await import('../sandbox/widening.js');
  const setting: Setting<typeof given> = { value: given, origin: 'user file', source: `sandbox in ${user.path}` };
  return mapSetting(setting, (value) => checkWidening(withoutUndefined(value), { home: homedir(), own }));
}

// ---

function withoutUndefined({ read = [], write = [], env = [] }: Partial<Record<keyof Widening, string[] | undefined>>) {
  return { read, write, env };
}
