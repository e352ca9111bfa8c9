/** `[temporal]` of a settings file: task queue and codec. Each key comes from the first source that has it. */
import { dirname, resolve } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import type { ConfigFile } from './files.js';
import { firstGiven, mapSetting, type Setting } from './setting-origin.js';

export interface TemporalSettings {
  /** Absent: the queue of the running worker of the work directory, else the default one. */
  readonly task_queue: Setting<string | undefined>;
  /** Absolute path of a module, or `aes:` and that of a key file. */
  readonly codec: Setting<string | undefined>;
}

interface TemporalSources {
  readonly flags: { readonly taskQueue?: string; readonly codec?: string };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly project: ConfigFile | undefined;
  readonly user: ConfigFile | undefined;
}

export function temporalSettings(sources: TemporalSources): TemporalSettings {
  const { flags, cwd, user } = sources;
  const codec = settingOf(sources, 'codec', flags.codec);
  const base = codec.origin === 'user file' && user ? dirname(user.path) : cwd;
  return {
    task_queue: mapSetting(settingOf(sources, 'task_queue', flags.taskQueue), checkTaskQueue),
    codec: mapSetting(codec, (path) => (path === undefined ? undefined : absolute(base, path))),
  };
}

/** The key file of the codec of this package; undefined for a module. */
export function keyFileOf(codec: string): string | undefined {
  return codec.startsWith(ENCRYPTION) ? codec.slice(ENCRYPTION.length) : undefined;
}

// ---

function settingOf(
  { env, ...files }: TemporalSources,
  key: 'codec' | 'task_queue',
  flag: string | undefined,
): Setting<string | undefined> {
  const variable = `ROOKERY_${key.toUpperCase()}`;
  const inFile = ({ settings }: ConfigFile) => settings.temporal?.[key];
  return firstGiven({ key: `temporal.${key}`, flag, env: env[variable], variable, inFile }, files);
}

/** Beside the server's own rules: `@` separates a queue from the host in the name of a host queue. */
function checkTaskQueue(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (name.length <= 200 && !/[@\p{C}]/u.test(name) && !name.startsWith('__temporal_')) return name;
  throw new RookeryError('usage', `--task-queue takes a name without @, of at most 200 characters, not '${name}'`);
}

/** Names the codec of this package; what follows is its key file. */
const ENCRYPTION = 'aes:';

function absolute(base: string, codec: string): string {
  if (codec === 'aes' || codec === ENCRYPTION)
    throw new RookeryError('usage', `--codec '${codec}' names no key file`, {
      hint: 'Write aes:FILE; `rookery codec-key FILE` makes one',
    });
  const keyFile = keyFileOf(codec);
  return keyFile === undefined ? resolve(base, codec) : `${ENCRYPTION}${resolve(base, keyFile)}`;
}
