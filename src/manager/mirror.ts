/**
 * Compares the files with Temporal, and rewrites them from Temporal alone. A task that Temporal does not have cannot be
 * rebuilt, and its files are never touched.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type TaskInput, WORKFLOW_TYPE } from '../domain/protocol.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { type TaskFile, toWire } from '../domain/wire.js';
import { codeOf } from '../files/errors.js';
import type { Paths } from '../mirror/paths.js';
import { pendingFile, project } from '../mirror/project.js';
import { listTasks } from '../mirror/reader.js';
import { restore } from '../mirror/replace.js';
import { hashOf, readOrder } from '../mirror/write-order.js';
import { type ManagerContext, type Online, online } from './context.js';
import { queryTasks } from './query-tasks.js';
import { rebuild } from './rebuild.js';
import { describe, endedFile, endingOf } from './reconcile.js';

export interface MirrorOutcome {
  readonly id: string;
  readonly ok: boolean;
  /** The differences between the files and Temporal, one sentence each; empty for none. */
  readonly differences: readonly string[];
  readonly message: string;
}

/** A write that is in flight during the comparison arrives within this time. */
const IN_FLIGHT_MS = 700;

export async function verifyMirror(context: ManagerContext, ids: readonly string[] = []): Promise<MirrorOutcome[]> {
  return forEach(context, ids, async (connected, id) => {
    let compared = await compare(connected, id);
    if (compared && compared.differences.length > 0) {
      await pause(IN_FLIGHT_MS);
      compared = await compare(connected, id);
    }
    if (!compared) return cannotRebuild(id);
    const { differences } = compared;
    return {
      id,
      ok: differences.length === 0,
      differences,
      message: differences.length === 0 ? 'the files match Temporal' : 'the files do not match Temporal',
    };
  });
}

export async function rebuildMirror(context: ManagerContext, ids: readonly string[] = []): Promise<MirrorOutcome[]> {
  return forEach(context, ids, async (connected, id) => {
    const compared = await compare(connected, id);
    if (!compared) return cannotRebuild(id);
    const { differences, expected } = compared;
    if (differences.length === 0) return { id, ok: true, differences, message: 'nothing to do' };
    return { id, ok: true, differences, message: MESSAGES[await restore(connected.paths, id, expected)] };
  });
}

// ---

const MESSAGES = {
  done: 'rebuilt',
  newer: 'a newer write came first',
  ended: 'not changed: another program has ended the task, and its workflow is about to be cancelled',
} as const;

type Expected = Parameters<typeof restore>[2];

async function forEach(
  context: ManagerContext,
  ids: readonly string[],
  work: (connected: Online, id: string) => Promise<MirrorOutcome>,
): Promise<MirrorOutcome[]> {
  const connected = online(context);
  const outcomes: MirrorOutcome[] = [];
  for (const id of ids.length > 0 ? ids : await allIds(connected)) outcomes.push(await work(connected, id));
  return outcomes;
}

async function allIds({ client, paths }: Online): Promise<string[]> {
  const ids = new Set((await listTasks(paths)).tasks.map(({ id }) => id));
  for await (const { workflowId } of queryTasks(client, `WorkflowType = '${WORKFLOW_TYPE}'`)) ids.add(workflowId);
  return [...ids];
}

/** @returns undefined when Temporal does not have it, or not as a task of ours */
async function compare(
  context: Online,
  id: string,
): Promise<{ differences: string[]; expected: Expected } | undefined> {
  const { paths } = context;
  const expected = await expectedOf(context, id);
  if (!expected) return undefined;
  const [task, checkpoint] = await Promise.all([textOf(paths.task(id)), textOf(paths.checkpoint(id))]);
  if (task !== undefined && isExternalEnd(paths, id, task)) return { differences: [], expected };
  const differences = [
    ...(task === expected.task
      ? []
      : [task === undefined ? 'the task file is missing' : fieldsThatDiffer(task, expected.task)]),
    ...(checkpoint === (expected.checkpoint ?? undefined) ? [] : [checkpointSentence(checkpoint, expected.checkpoint)]),
  ];
  return { differences, expected };
}

async function expectedOf({ client, signer }: Online, id: string): Promise<Expected | undefined> {
  const at = await describe(client, id);
  const rebuilt = at && (await rebuild(client, id, at.runId));
  if (!at || !rebuilt || !isSigned(signer, id, rebuilt.input)) return undefined;
  const { input, record } = rebuilt;
  const position = { run_started: at.startTime.getTime(), version: record.version };
  const projected = rebuilt.mirrored ? project({ id, ...rebuilt }) : submitted(id, input, at.startTime);
  const ending = record.state.kind === 'running' ? await endingOf(client, at) : undefined;
  if (!ending) return { ...projected, position, ended: record.state.kind !== 'running' };
  // It ended without running workflow code: the close event is the only source.
  const file = endedFile({ ...(JSON.parse(projected.task) as TaskFile), id }, ending, at.closeTime);
  return {
    task: toWire(file, input.extra),
    checkpoint: null,
    position: { ...position, version: Number.MAX_SAFE_INTEGER },
    ended: true,
  };
}

function isSigned(signer: Online['signer'], id: string, input: TaskInput): boolean {
  return signer.verifyStart(id, input) || signer.verifyAgent(id, input);
}

/** Another program ended the task before ours did: its end stays. */
function isExternalEnd(paths: Paths, id: string, task: string): boolean {
  const order = readOrder(paths.order(id));
  return order?.ended === true && order.external === hashOf(task);
}

/** The file before the first write of the mirror. */
function submitted(id: string, input: TaskInput, started: Date): ReturnType<typeof project> {
  const created = input.created_at ?? timestampOf(microsOfMillis(started.getTime()));
  return { task: toWire(pendingFile(id, input, created), input.extra), checkpoint: null };
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

function cannotRebuild(id: string): MirrorOutcome {
  return {
    id,
    ok: false,
    differences: [],
    message: 'cannot be rebuilt: it has no workflow in Temporal; its files are not changed',
  };
}
