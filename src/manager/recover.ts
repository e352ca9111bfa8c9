/**
 * Continues every open task after the server has lost its database: from their files, before any worker runs, so that a
 * task that a person had paused is paused again before it does anything. Calling it again finishes what was interrupted.
 */
import { randomUUID } from 'node:crypto';
import { SIGNALS } from '../domain/protocol.js';
import { isTerminal } from '../domain/task.js';
import { waitIn } from '../mirror/shown-wait.js';
import { listSummaries } from '../mirror/task-summaries.js';
import type { Adopter } from './adopt.js';
import { type ManagerContext, online, type VerbOutcome } from './context.js';
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
  const outcomes = await resumeIncomplete(context, { adopt, lostHistory: true });
  // One that waits for a person is open already: a repair that was killed has continued it.
  const results = outcomes.filter(({ code }) => code === undefined || !WAITS.has(code));
  const paused: string[] = [];
  for (const task of open) {
    const wait = waitIn(context.paths, task);
    const failed = results.some(({ id, ok }) => id === task.id && !ok);
    if (wait?.phase !== 'paused' || failed) continue;
    const message = { id: randomUUID(), ...(wait.reason ? { reason: wait.reason } : {}) };
    await sendPlain(connected, { id: task.id, action: 'paused', signal: SIGNALS.pause, message });
    paused.push(task.id);
  }
  const names = new Map(
    open.flatMap(({ id, about }) => (about?.name === undefined ? [] : [[id, about.name] as const])),
  );
  return { results, paused, names, ended: tasks.length - open.length };
}
