/**
 * Compares the files with Temporal, and rewrites them from Temporal alone. A task that Temporal does not have cannot be
 * rebuilt, and its files are never touched.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { TaskInput } from '../domain/protocol.js';
import { hostIn, isElsewhere } from '../domain/task-memo.js';
import { codeOf } from '../files/errors.js';
import type { Paths } from '../mirror/paths.js';
import { listTasks } from '../mirror/reader.js';
import { type Restored, restore } from '../mirror/replace.js';
import { hashOf, readOrder } from '../mirror/write-order.js';
import { type ManagerContext, type Online, online } from './context.js';
import { describe } from './describe-workflow.js';
import { expectedFiles } from './expected-files.js';
import { newestRuns } from './query-tasks.js';

export interface MirrorOutcome {
  readonly id: string;
  /** True for a task whose files are on another host, too: they are not compared here. */
  readonly ok: boolean;
  /** Name of the host that has the files; null: none is known. */
  readonly host: string | null;
  /** The differences between the files and Temporal, one sentence each; empty for none. */
  readonly differences: readonly string[];
  readonly message: string;
}

export interface MirrorOptions {
  /** Default: all tasks. */
  readonly ids?: readonly string[];
  /** Includes the tasks whose files are on other hosts, as if they had to be here. Default: false. */
  readonly allHosts?: boolean;
}

/** A write that is in flight during the comparison arrives within this time. */
const IN_FLIGHT_MS = 700;

export async function verifyMirror(context: ManagerContext, options: MirrorOptions = {}): Promise<MirrorOutcome[]> {
  return forEach(context, options, async (connected, task) => {
    const { outcome } = await compare(connected, task);
    if (outcome.differences.length === 0) return outcome;
    await pause(IN_FLIGHT_MS);
    return (await compare(connected, task)).outcome;
  });
}

export async function rebuildMirror(context: ManagerContext, options: MirrorOptions = {}): Promise<MirrorOutcome[]> {
  return forEach(context, options, async (connected, task) => {
    const { outcome, toWrite } = await compare(connected, task);
    if (toWrite) return { ...outcome, ok: true, message: MESSAGES[await restore(connected.paths, task.id, toWrite)] };
    return outcome.message === MATCHES ? { ...outcome, message: 'nothing to do' } : outcome;
  });
}

// ---

const MATCHES = 'the files match Temporal';
const MISSING = 'the task file is missing';

const MESSAGES = {
  done: 'rebuilt',
  newer: 'a newer write came first',
  ended: 'not changed: another program has ended the task, and its workflow is about to be cancelled',
} as const;

interface Target {
  readonly id: string;
  readonly allHosts: boolean;
}

interface Compared {
  readonly outcome: MirrorOutcome;
  /** What a rebuild writes here; absent for nothing. */
  readonly toWrite?: Restored;
}

async function forEach(
  context: ManagerContext,
  { ids = [], allHosts = false }: MirrorOptions,
  work: (connected: Online, task: Target) => Promise<MirrorOutcome>,
): Promise<MirrorOutcome[]> {
  const connected = online(context);
  const outcomes: MirrorOutcome[] = [];
  const tasks = ids.length > 0 ? new Map(ids.map((id) => [id, null])) : await allTasks(connected);
  for (const [id, host] of tasks) {
    // What the list knows to be on another host needs no request of its own.
    const known = !allHosts && isElsewhere(host, connected);
    outcomes.push(known ? elsewhere(id, host) : await work(connected, { id, allHosts }));
  }
  return outcomes;
}

/** All tasks of Temporal and of this directory, with the host where the list tells it. */
async function allTasks({ client, paths }: Online): Promise<Map<string, string | null>> {
  const tasks = new Map<string, string | null>((await listTasks(paths)).tasks.map(({ id }) => [id, null]));
  for (const { workflowId, memo } of (await newestRuns(client)).values()) tasks.set(workflowId, hostIn(memo));
  return tasks;
}

async function compare(context: Online, { id, allHosts }: Target): Promise<Compared> {
  const at = await describe(context.client, id);
  const known = hostIn(at?.memo);
  if (!allHosts && isElsewhere(known, context)) return { outcome: elsewhere(id, known) };
  const task = at && (await expectedFiles(context.client, at));
  if (!task) return { outcome: cannotRebuild(id, 'it has no workflow in Temporal') };
  if (!isSigned(context.signer, id, task.input))
    return { outcome: cannotRebuild(id, 'its start is not signed with the key here') };
  const { host, files } = task;
  if (!allHosts && isElsewhere(host, context)) return { outcome: elsewhere(id, host) };
  const differences = await differencesOf(context.paths, id, files);
  if (differences.length === 0) return { outcome: { id, ok: true, host, differences, message: MATCHES } };
  if (host !== null || allHosts || !differences.includes(MISSING)) {
    const message = 'the files do not match Temporal';
    return { outcome: { id, ok: false, host, differences, message }, toWrite: files };
  }
  // The host that takes it writes them; one that has ended without a host may be written anywhere.
  const outcome = { id, ok: true, host, differences: [], message: 'no host has its files' };
  return at.closeTime === undefined ? { outcome } : { outcome, toWrite: files };
}

function elsewhere(id: string, host: string | null): MirrorOutcome {
  return { id, ok: true, host, differences: [], message: `not compared: its files are on ${host}` };
}

async function differencesOf(paths: Paths, id: string, expected: Restored): Promise<string[]> {
  const [task, checkpoint] = await Promise.all([textOf(paths.task(id)), textOf(paths.checkpoint(id))]);
  if (task !== undefined && isExternalEnd(paths, id, task)) return [];
  return [
    ...(task === expected.task ? [] : [task === undefined ? MISSING : fieldsThatDiffer(task, expected.task)]),
    ...(checkpoint === (expected.checkpoint ?? undefined) ? [] : [checkpointSentence(checkpoint, expected.checkpoint)]),
  ];
}

function isSigned(signer: Online['signer'], id: string, input: TaskInput): boolean {
  return signer.verifyStart(id, input) || signer.verifyAgent(id, input);
}

/** Another program ended the task before ours did: its end stays. */
function isExternalEnd(paths: Paths, id: string, task: string): boolean {
  const order = readOrder(paths.order(id));
  return order?.ended === true && order.external === hashOf(task);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function fieldsThatDiffer(found: string, expected: string): string {
  const [a, b] = [fields(found), fields(expected)];
  if (!a || !b) return 'the task file is incomplete';
  const names = Object.keys({ ...b, ...a }).filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]));
  return names.length === 0 ? 'the task file has different bytes' : `the task file differs in ${names.join(', ')}`;
}

function fields(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function checkpointSentence(found: string | undefined, expected: string | null): string {
  if (found === undefined) return 'the checkpoint file is missing';
  return expected === null ? 'there is a checkpoint file where none is expected' : 'the checkpoint file differs';
}

function cannotRebuild(id: string, reason: string): MirrorOutcome {
  return {
    id,
    ok: false,
    host: null,
    differences: [],
    message: `cannot be rebuilt: ${reason}; its files are not changed`,
  };
}
