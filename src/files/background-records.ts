/**
 * What is kept on disk of the background commands of a task, beside its claims and removed with them: the note of each
 * command, with its end, and how far its output was read. A note without an end whose worker is dead belongs to a command
 * that was interrupted.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BackgroundRecord, type BackgroundState, INTERRUPTED } from '../domain/background-command.js';
import { fileNameOf, idOfFileName } from '../domain/task-id.js';
import { makeDirectory, replaceTextFile, writeDurably } from './atomic-write.js';
import { isAlive } from './process-identity.js';

/** The bytes that a call of `shell_output` was given: the same call gets them again. */
export interface ReadPosition {
  readonly by: string;
  readonly from: number;
  readonly to: number;
}

export interface Records {
  /** Notes a command before it is started, or its end. */
  write(task: string, record: BackgroundRecord): Promise<void>;
  /** In the order in which they were started. */
  all(task: string): readonly BackgroundRecord[];
  /** Tasks that have any. */
  tasks(): readonly string[];
  outputPath(task: string, call: string): string;
  position(task: string, call: string): ReadPosition | undefined;
  setPosition(task: string, call: string, position: ReadPosition): Promise<void>;
  /** Why another worker than its own ends it: its own worker notes that as its end. */
  setStop(task: string, call: string, why: string): Promise<void>;
  stop(task: string, call: string): string | undefined;
}

/** `directory`: that of the claims. */
export function createRecords(directory: string): Records {
  const pathOf = (task: string, call: string, suffix: string): string =>
    join(directory, fileNameOf(task), `${call}${suffix}`);
  return {
    async write(task, record) {
      await makeDirectory(join(directory, fileNameOf(task)));
      await writeDurably(pathOf(task, record.call, RECORD), JSON.stringify(record));
    },
    all(task) {
      const names = namesIn(join(directory, fileNameOf(task))).filter((name) => name.endsWith(RECORD));
      const records = names.flatMap((name) => recordIn(join(directory, fileNameOf(task), name)) ?? []);
      return records.sort((one, other) => one.at - other.at);
    },
    tasks: () =>
      namesIn(directory).flatMap((name) => {
        const task = idOfFileName(name);
        return task !== undefined && namesIn(join(directory, name)).some((file) => file.endsWith(RECORD)) ? [task] : [];
      }),
    outputPath: (task, call) => pathOf(task, call, OUTPUT),
    position: (task, call) => read<ReadPosition>(pathOf(task, call, POSITION)),
    setPosition: (task, call, position) =>
      replaceTextFile(pathOf(task, call, POSITION), JSON.stringify(position), { sync: false }),
    setStop: (task, call, why) => replaceTextFile(pathOf(task, call, STOP), JSON.stringify({ why }), { sync: false }),
    stop: (task, call) => read<{ why?: string }>(pathOf(task, call, STOP))?.why,
  };
}

export function stateOfCommand({ end, owner }: BackgroundRecord): BackgroundState {
  if (end) return end.problems.includes(INTERRUPTED) ? 'interrupted' : 'ended';
  return isAlive(owner) ? 'running' : 'interrupted';
}

// ---

const RECORD = '.background';
const OUTPUT = '.output';
const POSITION = '.position';
const STOP = '.stop';

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function recordIn(path: string): BackgroundRecord | undefined {
  const record = read<BackgroundRecord>(path);
  return typeof record?.call === 'string' && typeof record.owner?.pid === 'number' ? record : undefined;
}

function read<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
