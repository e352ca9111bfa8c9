/** `[temporal]` of a settings file: task queue and codec. Each key comes from the first source that has it. */
import { dirname, resolve } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import type { ConfigFile } from './files.js';
import { firstOf, type Setting } from './setting-origin.js';

export interface TemporalSettings {
  /** Absent: the queue of the running worker of the work directory, else the default one. */
  readonly task_queue: Setting<string | undefined>;
  /** Absolute path of a module. */
  readonly codec: Setting<string | undefined>;
}

interface TemporalSources {
  readonly flags: { readonly taskQueue?: string; readonly codec?: string };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly project: ConfigFile | undefined;
  readonly user: ConfigFile | undefined;
}

export function temporalSettings({ flags, env, cwd, project, user }: TemporalSources): TemporalSettings {
  const codec = firstOf([
    ['flag', flags.codec],
    ['environment', env.ROOKERY_CODEC],
    ['project file', project?.settings.temporal?.codec],
    ['user file', user?.settings.temporal?.codec],
  ]);
  const base = codec.origin === 'user file' && user ? dirname(user.path) : cwd;
  const queue = firstOf([
    ['flag', flags.taskQueue],
    ['environment', env.ROOKERY_TASK_QUEUE],
    ['project file', project?.settings.temporal?.task_queue],
    ['user file', user?.settings.temporal?.task_queue],
  ]);
  if (queue.value !== undefined) checkTaskQueue(queue.value);
  return {
    task_queue: queue,
    codec: { ...codec, value: codec.value === undefined ? undefined : resolve(base, codec.value) },
  };
}

// ---

/** Beside the server's own rules: `@` separates a queue from the host in the name of a host queue. */
function checkTaskQueue(name: string): void {
  if (name.length <= 200 && !/[@\p{C}]/u.test(name) && !name.startsWith('__temporal_')) return;
  throw new RookeryError('usage', `--task-queue takes a name without @, of at most 200 characters, not '${name}'`);
}
