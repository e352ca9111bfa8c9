/** Lets paused tasks continue, by a signed message: a task that was stopped is not let loose by anyone who reaches the server. */
import { randomUUID } from 'node:crypto';
import { RookeryError } from '../domain/errors.js';
import { SIGNALS } from '../domain/protocol.js';
import { fileNameOf } from '../domain/task-id.js';
import type { WorkflowDescription } from '../server/temporal-client.js';
import { type ManagerContext, type Online, online, outcomeOf, type VerbOutcome } from './context.js';
import {
  acceptedOutcome,
  awaitInbox,
  awaitPhaseOver,
  EFFECT_TIMEOUT_MS,
  queryInbox,
  runningOutcome,
  runningTask,
  sendSigned,
} from './control.js';
import { isPolled } from './host-state.js';
import { openTasks } from './open-tasks.js';
import { heldSentence, isHeldByTemporal } from './open-workflow.js';
import { refuseWhenFull } from './unseen-signals.js';
import { memoPhase } from './workflow-state.js';

export async function unpause(context: ManagerContext, id: string): Promise<VerbOutcome> {
  const connected = online(context);
  const at = await runningTask(connected, id, ACTION);
  if (isHeldByTemporal(at))
    throw new RookeryError('wrong_status', `Task '${id}' cannot be unpaused: ${heldSentence(id)}`);
  if (!(await mayBePaused(connected, at))) return runningOutcome(id, 'it is not paused');
  await refuseWhenFull(connected, at);
  const message = { id: randomUUID() };
  const repeat = (): Promise<void> => sendSigned(connected, { id, action: ACTION, signal: SIGNALS.unpause, message });
  await repeat();
  const now = await awaitInbox(connected.client, {
    at,
    repeat,
    timeoutMs: EFFECT_TIMEOUT_MS,
    look: ({ paused }) => paused === null || undefined,
  });
  if (now.kind === 'found' && (await awaitPhaseOver(connected.client, id, 'paused')))
    return runningOutcome(id, 'unpaused');
  if (now.kind === 'absent') return acceptedOutcome(at, 'continues');
  throw new RookeryError('environment', `Task '${id}' is still paused: the message has had no effect so far`, {
    hint: `See \`rookery status ${fileNameOf(id)}\``,
  });
}

/** Every task that is paused. The error of one is its outcome. */
export async function unpauseAll(context: ManagerContext): Promise<VerbOutcome[]> {
  const connected = online(context);
  const outcomes: VerbOutcome[] = [];
  for (const at of await openTasks(connected)) {
    if (!isHeldByTemporal(at) && !(await mayBePaused(connected, at))) continue;
    outcomes.push(await outcomeOf(at.workflowId, () => unpause(context, at.workflowId)));
  }
  return outcomes;
}

// ---

const ACTION = 'unpaused';

/** Without a worker only the memo tells, and a pause may have been sent since. */
async function mayBePaused({ client }: Online, at: WorkflowDescription): Promise<boolean> {
  if (memoPhase(at.memo)?.phase === 'paused' || !(await isPolled(client, at.taskQueue))) return true;
  return (await queryInbox(client, at.workflowId))?.paused !== null;
}
