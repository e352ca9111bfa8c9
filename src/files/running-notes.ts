/**
 * The notes that the processes of a work directory keep of what they run, and what they tell of workers that have ended:
 * the server lists those for another minute.
 */
import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ignoring } from './errors.js';
import { isAlive, ownIdentity, type ProcessIdentity, pidNamespace, processIdentity } from './process-identity.js';

export interface WorkerIdentity {
  readonly identity: string;
  readonly taskQueue: string;
}

/**
 * `visible`: of processes that this one sees. `any`: a container that is started again has another set of processes, and
 * finds the notes of its predecessor.
 */
export type Whose = 'visible' | 'any';

export interface Owner extends ProcessIdentity {
  /** Absent in the notes of earlier versions. */
  readonly space?: string;
}

export function noteOwner(): Owner {
  return { ...ownIdentity(), space: pidNamespace() };
}

export interface RunningNote extends Partial<WorkerIdentity> {
  readonly token?: string;
}

/** The first line identifies the process. It is missing while the file is created, and after that on a full disk. */
export function isAbandoned(name: string, first: Partial<Owner> | undefined, whose: Whose): boolean {
  if (first?.pid === undefined) return whose === 'any' && !processIdentity(Number.parseInt(name, 10));
  if (whose === 'visible' && first.space !== pidNamespace()) return false;
  return !isAlive({ pid: first.pid, started: first.started ?? '' });
}

export async function readNotes(path: string): Promise<(RunningNote & Partial<Owner>)[] | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text?.split('\n').map(parsed);
}

/** @returns the identities of the workers of these notes that were killed, as the server knows them */
export async function killedWorkers(directory: string): Promise<ReadonlySet<string>> {
  const killed = new Set<string>();
  for (const name of (await readdir(directory).catch(ignoring('ENOENT'))) ?? []) {
    const lines = (await readNotes(join(directory, name))) ?? [];
    if (!isAbandoned(name, lines[0], 'visible')) continue;
    for (const { identity } of lines) if (identity !== undefined) killed.add(identity);
  }
  return killed;
}

/**
 * True for a worker of a machine with this name whose process is not here: the server lists it for another minute after
 * its end. One in another container of the same host name counts too, so this may only decide to start one worker more.
 */
export function hasEndedHere(identity: string): boolean {
  const [, pid, host] = /^rookery:(\d+)@(.*)\.[0-9a-f]{6}$/.exec(identity) ?? [];
  return host === hostname() && processIdentity(Number(pid)) === undefined;
}

/** @returns what tells of an identity whether its worker, of this work directory or this machine, is known to have ended */
export async function endedWorkers(directory: string): Promise<(identity: string) => boolean> {
  const killed = await killedWorkers(directory);
  return (identity) => killed.has(identity) || hasEndedHere(identity);
}

// ---

/** A line may be empty, or truncated by a full disk. */
function parsed(line: string): RunningNote & Partial<Owner> {
  try {
    return JSON.parse(line) as RunningNote & Partial<Owner>;
  } catch {
    return {};
  }
}
