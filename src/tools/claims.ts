/**
 * The durable note that an unsafe call has been started, so that it runs at most once whatever process ends in between.
 * `<directory>/<file name of the task>/<call>` is the claim, `<call>.result` next to it the outcome. A claim without a readable result
 * is `interrupted`: that call must not run again. Claims outlive the workflow, because a Reset asks for old calls
 * again.
 */
import { closeSync, openSync, type Stats, writeFileSync } from 'node:fs';
import { lstat, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { fileNameOf, idOfFileName, isTaskId } from '../domain/task-id.js';
import type { CallOutcome, Observation } from '../domain/tool.js';
import { fsync, makeDirectory, syncDirectory, writeDurably } from '../files/atomic-write.js';
import { codeOf, ignoring, workdirError } from '../files/errors.js';
import { ownIdentity, type ProcessIdentity } from '../files/process-identity.js';

export type Claim =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'finished'; readonly observation: Observation }
  /** It was handed to the workflow of that run, and its end is not known yet. */
  | { readonly kind: 'delegated'; readonly run: string }
  /** `owner`: the process that claimed it, if it could still write that down. It may be alive. */
  | { readonly kind: 'interrupted'; readonly owner?: ProcessIdentity };

export interface Claims {
  /**
   * `fresh` is said once per call, to one caller, and only when the note is on disk. To that caller's `alongside` it is
   * said while the disk writes; both have ended then.
   */
  claim(task: string, call: string, alongside?: () => Promise<void>): Promise<Claim>;
  finish(task: string, call: string, observation: Observation): Promise<void>;
  /** Notes that the call is handed to the workflow of that run. `finish` replaces the note. */
  delegate(task: string, call: string, run: string): Promise<void>;
  /**
   * Removes the claims of tasks that are not live and have been unchanged that long; when undefined, the retention
   * time.
   */
  sweep(olderThanMs: number | undefined, isLive: (task: string) => boolean | Promise<boolean>): Promise<string[]>;
}

export function createClaims(directory: string, retentionDays = 30): Claims {
  return {
    async claim(task, call, alongside) {
      const path = claimPath(directory, task, call);
      return (await createClaim(path, alongside)) ? { kind: 'fresh' } : await readClaim(path, call);
    },
    async finish(task, call, observation) {
      const { outcome, content } = observation;
      const text = JSON.stringify({ call, outcome, content } satisfies Observation);
      await writeDurably(`${claimPath(directory, task, call)}${RESULT}`, text);
    },
    async delegate(task, call, run) {
      // An older version reads it as an outcome.
      const outcome: CallOutcome = 'unknown';
      const text = JSON.stringify({ call, outcome, content: 'Outcome unknown: it was delegated.', delegated: run });
      await writeDurably(`${claimPath(directory, task, call)}${RESULT}`, text);
    },
    async sweep(olderThanMs = retentionDays * DAY_MS, isLive) {
      const removed: string[] = [];
      for (const name of (await readdir(directory).catch(ignoring('ENOENT'))) ?? []) {
        const task = idOfFileName(name);
        if (task === undefined || (await isLive(task))) continue;
        if (await removeOld(join(directory, fileNameOf(task)), Date.now() - olderThanMs)) removed.push(task);
      }
      return removed;
    },
  };
}

// ---

const DAY_MS = 86_400_000;
const RESULT = '.result';
const SAFE_CALL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const OUTCOMES: ReadonlySet<string> = new Set<CallOutcome>(['ok', 'failed', 'refused', 'unknown']);

function claimPath(directory: string, task: string, call: string): string {
  // A call named like another call's result would be taken for it.
  if (!isTaskId(task) || !SAFE_CALL.test(call) || call.endsWith(RESULT)) {
    const given = JSON.stringify(`${task}/${call}`.slice(0, 200));
    throw new RookeryError('bad_input', `A claim needs a task and a call that are safe file names, got ${given}.`);
  }
  return join(directory, fileNameOf(task), call);
}

/** @returns false when the call was already claimed. */
async function createClaim(path: string, alongside: (() => Promise<void>) | undefined): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      // Nearly always there: it is missing before the first call of a task.
      if (attempt > 1) await makeDirectory(dirname(path));
      await create(path, alongside);
      return true;
    } catch (error) {
      const code = codeOf(error instanceof RookeryError ? error.cause : error);
      if (code === 'EEXIST' && (await stats(path))) return false;
      // The sweep may remove an empty directory between its making and the first file in it.
      if (code !== 'ENOENT' || attempt === 6) throw workdirError('claim a call in', path, error);
    }
  }
}

async function create(path: string, alongside = async (): Promise<void> => undefined): Promise<void> {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, JSON.stringify({ ...ownIdentity(), at: new Date().toISOString() }));
    const parallelWork = alongside();
    try {
      await fsync(file);
      await syncDirectory(dirname(path));
    } finally {
      await parallelWork;
    }
  } catch (error) {
    // Nothing has run yet: without this a full disk would turn into "outcome unknown".
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    closeSync(file);
  }
}

async function readClaim(path: string, call: string): Promise<Claim> {
  const result = await readJson(`${path}${RESULT}`);
  const observation = toObservation(result, call);
  if (observation && typeof result.delegated === 'string') return { kind: 'delegated', run: result.delegated };
  if (observation) return { kind: 'finished', observation };
  const owner = toIdentity(await readJson(path));
  return owner ? { kind: 'interrupted', owner } : { kind: 'interrupted' };
}

async function readJson(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function toObservation(value: Readonly<Record<string, unknown>>, call: string): Observation | undefined {
  const { outcome, content } = value;
  if (value.call !== call || typeof content !== 'string') return undefined;
  return typeof outcome === 'string' && OUTCOMES.has(outcome)
    ? { call, outcome: outcome as CallOutcome, content }
    : undefined;
}

function toIdentity({ pid, started }: Readonly<Record<string, unknown>>): ProcessIdentity | undefined {
  return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : undefined;
}

/** File by file: a call claimed at this moment keeps its note, and so its directory. */
async function removeOld(directory: string, before: number): Promise<boolean> {
  const files: string[] = [];
  let newest = (await stats(directory))?.mtimeMs ?? Number.POSITIVE_INFINITY;
  for (const name of (await readdir(directory).catch(ignoring('ENOENT', 'ENOTDIR'))) ?? []) {
    files.push(join(directory, name));
    newest = Math.max(newest, (await stats(join(directory, name)))?.mtimeMs ?? 0);
  }
  if (newest > before) return false;
  for (const file of files) await rm(file, { force: true });
  return rmdir(directory).then(
    () => true,
    () => false,
  );
}

async function stats(path: string): Promise<Stats | undefined> {
  return lstat(path).catch(ignoring('ENOENT'));
}
