/**
 * The background commands of a worker: each belongs to a task and ends with it, at the latest with the worker. What
 * others may ask about them is on disk, so that another worker of this host can answer, also after this one has died.
 * Knows no shell and no sandbox: a command is a function that runs until it is told to stop.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type BackgroundRecord, ENDED_WITH_TASK, handleOf, INTERRUPTED } from '../../domain/background-command.js';
import { FIXED } from '../../domain/limits.js';
import { createRecords, type Records, stateOfCommand } from '../../files/background-records.js';
import { ownIdentity } from '../../files/process-identity.js';
import { killMarked } from '../../processes/kill-tree.js';
import { type CommandEnd, LEFTOVERS } from '../command-outcome.js';
import { createOutputFile, type OutputFile } from './output-file.js';

export interface NewCommand {
  readonly task: string;
  readonly call: string;
  readonly command: string;
  /** Runs it to its end, until it ends by itself or the signal stops it, and tells how that was. */
  run(output: Pick<OutputFile, 'push' | 'total' | 'text'>, signal: AbortSignal): Promise<CommandEnd>;
}

export interface BackgroundCommands {
  readonly records: Records;
  /** @returns why it was not started. Throws when its note cannot be written. */
  start(command: NewCommand): Promise<string | undefined>;
  /** Ends it, and all its processes, in whichever worker of this host it runs. @returns false when it does not end */
  kill(task: string, call: string): Promise<boolean>;
  /** Tasks with commands that run in this worker. */
  readonly tasks: readonly string[];
  /** Ends the commands of a task that has ended, in whichever worker of this host they run. */
  endTask(task: string): Promise<void>;
  /** Ends what dead workers have left running, and notes that their commands were interrupted. */
  recover(): Promise<void>;
  /** Ends all commands of this worker. */
  stop(): Promise<void>;
}

/** `directory`: that of the claims. */
export function createBackgroundCommands(directory: string): BackgroundCommands {
  const records = createRecords(directory);
  const running = new Map<string, Running>();
  const end = async (chosen: readonly Running[], why: string): Promise<void> => {
    for (const { stop } of chosen) stop.abort(why);
    await Promise.all(chosen.map(({ ended }) => ended));
  };
  const of = (task: string): Running[] => [...running.values()].filter((one) => one.task === task);
  return {
    records,
    async start(command) {
      const { task, call } = command;
      const alive = records.all(task).filter((record) => stateOfCommand(record) === 'running');
      if (alive.length >= FIXED.backgroundCommands) return tooMany(alive);
      const record = { call, command: command.command, owner: ownIdentity(), at: Date.now() };
      await records.write(task, record);
      const output = createOutputFile(records.outputPath(task, call));
      const stop = new AbortController();
      const ended = runToEnd(command, { records, record, output, stop }).finally(() => running.delete(call));
      running.set(call, { task, stop, ended });
      return undefined;
    },
    async kill(task, call) {
      const own = running.get(call);
      if (own) await end([own], KILLED);
      else await endElsewhere(records, { task, call, why: KILLED });
      return hasEnded(records.all(task).find((record) => record.call === call));
    },
    get tasks() {
      return [...new Set([...running.values()].map(({ task }) => task))];
    },
    async endTask(task) {
      await end(of(task), ENDED_WITH_TASK);
      const others = records.all(task).filter((record) => stateOfCommand(record) === 'running');
      await Promise.all(others.map(({ call }) => endElsewhere(records, { task, call, why: ENDED_WITH_TASK })));
    },
    async recover() {
      for (const task of records.tasks()) {
        for (const record of records.all(task)) await settleInterrupted(records, task, record);
      }
    },
    stop: () => end([...running.values()], INTERRUPTED),
  };
}

// ---

const KILL_MS = 8_000;
const KILLED = 'ended by shell_kill';

interface Running {
  readonly task: string;
  readonly stop: AbortController;
  /** Resolves when its end is on disk. */
  readonly ended: Promise<void>;
}

interface Parts {
  readonly records: Records;
  readonly record: BackgroundRecord;
  readonly output: OutputFile;
  readonly stop: AbortController;
}

/** Never rejects: an end that cannot be written reads as interrupted once the worker is gone. */
async function runToEnd(command: NewCommand, { records, record, output, stop }: Parts): Promise<void> {
  const { task, call } = command;
  const found = await command.run(output, stop.signal).catch((error: unknown) => ({
    problems: [`it failed: ${error instanceof Error ? error.message : String(error)}`],
    notes: [],
  }));
  output.close();
  const why = records.stop(task, call);
  const isStopped = why !== undefined && found.problems.length > 0;
  const end = isStopped ? { ...found, problems: [why, ...found.problems.filter((one) => one === LEFTOVERS)] } : found;
  await records.write(task, { ...record, end: { ...end, at: Date.now() } }).catch(() => undefined);
}

/** With a sandbox its processes have ended with the worker; without one they may live. */
async function settleInterrupted(records: Records, task: string, record: BackgroundRecord): Promise<void> {
  if (record.end || stateOfCommand(record) !== 'interrupted') return;
  await killMarked({ task, call: record.call });
  const end = { problems: [INTERRUPTED], notes: [], at: Date.now() };
  await records.write(task, { ...record, end }).catch(() => undefined);
}

interface Ended {
  readonly task: string;
  readonly call: string;
  readonly why: string;
}

/** Its worker, another one of this host, notes the end. */
async function endElsewhere(records: Records, { task, call, why }: Ended): Promise<void> {
  await records.setStop(task, call, why).catch(() => undefined);
  await killMarked({ task, call });
  for (const start = performance.now(); performance.now() - start < KILL_MS; await pause(50)) {
    const record = records.all(task).find((one) => one.call === call);
    if (!record || stateOfCommand(record) !== 'running') return;
  }
}

function hasEnded(record: BackgroundRecord | undefined): boolean {
  return !record || (stateOfCommand(record) !== 'running' && record.end?.problems.includes(LEFTOVERS) !== true);
}

function tooMany(alive: readonly BackgroundRecord[]): string {
  return (
    `${alive.length} background commands of this task run, and more are not allowed. End one with shell_kill: ` +
    `${alive.map(({ call }) => handleOf(call)).join(', ')}.`
  );
}
