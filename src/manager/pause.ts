/**
 * Pauses tasks: each stops before its next step and stays so, without a worker too, until it is unpaused. A pause needs no
 * signature, because it takes authority and gives none.
 */
import { randomUUID } from 'node:crypto';
import { RookeryError } from '../domain/errors.js';
import { MAX_REASON } from '../domain/messages.js';
import { SIGNALS } from '../domain/protocol.js';
import { notePause } from '../mirror/shown-wait.js';
import { type ManagerContext, online, outcomeOf, type VerbOutcome } from './context.js';
import { acceptedOutcome, awaitInbox, runningOutcome, runningTask, sendPlain } from './control.js';
import { describe } from './describe-workflow.js';
import { openTasks } from './open-tasks.js';
import { heldSentence, isHeldByTemporal } from './open-workflow.js';
import { memoPhase } from './workflow-state.js';

export interface PauseOptions {
  /** Shown wherever the task is shown; at most 2,000 characters. */
  readonly reason?: string | undefined;
}

export async function pause(context: ManagerContext, id: string, { reason }: PauseOptions = {}): Promise<VerbOutcome> {
  const connected = online(context);
  if (reason !== undefined && reason.length > MAX_REASON) {
    throw new RookeryError('usage', `The reason has ${reason.length} characters; at most ${MAX_REASON} are possible`);
  }
  const at = await runningTask(connected, id, ACTION);
  if (isHeldByTemporal(at)) return runningOutcome(id, `nothing to do: ${heldSentence(id)}`);
  if (memoPhase(at.memo)?.phase === 'paused') return runningOutcome(id, 'it is paused already');
  const message = { id: randomUUID(), ...(reason ? { reason } : {}) };
  // Before the server has it: it must not know of a pause that is lost with its database.
  await notePause(connected.paths, id, { reason: reason || null, since: Date.now() });
  await sendPlain(connected, { id, action: ACTION, signal: SIGNALS.pause, message });
  const now = await awaitInbox(connected.client, {
    at,
    timeoutMs: EFFECT_MS,
    look: ({ paused }) => paused ?? undefined,
  });
  if (now.kind === 'absent') return acceptedOutcome(at, 'stops');
  if (now.kind === 'late') return runningOutcome(id, 'accepted; it stops before its next step');
  const stands = memoPhase((await describe(connected.client, id))?.memo)?.phase === 'paused';
  return runningOutcome(id, stands ? 'paused' : 'accepted; it stops before its next step');
}

/** Every task that has not ended. The error of one is its outcome. */
export async function pauseAll(context: ManagerContext, options?: PauseOptions): Promise<VerbOutcome[]> {
  const outcomes: VerbOutcome[] = [];
  for (const { workflowId: id } of await openTasks(online(context)))
    outcomes.push(await outcomeOf(id, () => pause(context, id, options)));
  return outcomes;
}

// ---

const ACTION = 'paused';
const EFFECT_MS = 2_000;
