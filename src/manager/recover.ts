/**
 * Continues every open task after the server has lost its database, from their files. One that a person had paused starts
 * paused, so it does nothing first, even where a worker already runs. Calling it again finishes what was interrupted.
 */
import { randomUUID } from 'node:crypto';
import type { PauseMessage } from '../domain/control.js';
import { RookeryError } from '../domain/errors.js';
import { SIGNALS } from '../domain/protocol.js';
import { isTerminal } from '../domain/task.js';
import { pauseIn } from '../mirror/shown-wait.js';
import { listSummaries } from '../mirror/task-summaries.js';
import type { Adopter } from './adopt.js';
import { type ManagerContext, type Online, online, type VerbOutcome } from './context.js';
import { sendPlain } from './control.js';
import { resumeIncomplete } from './resume.js';

export interface Recovery {
  /** Of the open tasks; those that an earlier call has continued are not among them. */
  readonly results: readonly VerbOutcome[];
  /** Tasks that are paused, as before. */
  readonly paused: readonly string[];
  /** By id, where a task has one. */
  readonly names: ReadonlyMap<string, string>;
  /** How many tasks had ended: their files stay, their histories are lost. */
  readonly ended: number;
}

const WAITS: ReadonlySet<string> = new Set(['waiting_approval', 'waiting_question', 'waiting_limit']);

export async function recover(context: ManagerContext, adopt: Adopter): Promise<Recovery> {
  const connected = online(context);
  const { tasks } = await listSummaries(context.paths);
  const open = tasks.filter(({ status }) => !isTerminal(status));
  const pauses = new Map(open.flatMap(({ id }) => pauseOf(context, id)));
  const noted = [...pauses.keys()];
  const outcomes = await resumeIncomplete(context, { adopt, lostHistory: true, pauses });
  // One that waits for a person is open already: a repair that was killed has continued it.
  const results = outcomes.filter(({ code }) => code === undefined || !WAITS.has(code));
  const paused: string[] = [];
  for (const id of noted) {
    if (results.some((one) => one.id === id && !one.ok)) continue;
    const message = pauses.get(id);
    // One that was open already: an earlier repair has continued it.
    if (!message || (await isPausedNow(connected, id, message))) paused.push(id);
  }
  const names = new Map(
    open.flatMap(({ id, about }) => (about?.name === undefined ? [] : [[id, about.name] as const])),
  );
  return { results, paused, names, ended: tasks.length - open.length };
}

// ---

/** @returns false for one that has ended */
async function isPausedNow(context: Online, id: string, message: PauseMessage): Promise<boolean> {
  try {
    await sendPlain(context, { id, action: 'paused', signal: SIGNALS.pause, message });
    return true;
  } catch (error) {
    if (error instanceof RookeryError && error.code === 'wrong_status') return false;
    throw error;
  }
}

function pauseOf({ paths }: ManagerContext, id: string): [string, PauseMessage][] {
  const paused = pauseIn(paths, id);
  if (!paused) return [];
  return [[id, { id: randomUUID(), ...(paused.reason === null ? {} : { reason: paused.reason }) }]];
}
