/**
 * Whether the host of this worker can take a task over: one that has lost its host, or one that a person moves here.
 * Reads the server and the workspace; runs nothing of the task.
 */
import { Context } from '@temporalio/activity';
import type { CacheMiss, MirrorInput } from '../src/domain/activity-calls.js';
import { type HostReport, type LostHost, lastPollOf, type MoveRefused } from '../src/domain/host-change.js';
import { SIGNALS } from '../src/domain/protocol.js';
import { hostQueueOf } from '../src/domain/worker-names.js';
import type { AdmittedTask } from './admission.js';
import type { ActivityDeps } from './ports.js';

/** @returns undefined when this host takes the task over */
export async function refusalToTake(
  deps: ActivityDeps,
  task: AdmittedTask,
  lost: LostHost,
): Promise<CacheMiss | undefined> {
  if (lost.host !== deps.host && (await isPolled(lost))) return { kind: 'elsewhere' };
  const { problem } = await deps.workspaces.prepare(task);
  return problem === undefined ? undefined : { kind: 'elsewhere', reason: `${deps.host}: ${problem}` };
}

/** What a worker tells of its host. */
export function hostReport(deps: ActivityDeps): HostReport {
  return { host: deps.host, ...(deps.sharedWorkspace ? { shared: true } : {}), ...notifierReport(deps) };
}

/** Empty without a notifier: then its events cost a task nothing. */
export function notifierReport({ notifier }: ActivityDeps): Pick<HostReport, 'notifies'> {
  return notifier.events.length > 0 ? { notifies: notifier.events } : {};
}

/** @returns what was restored here; or why the task does not move here */
export async function acceptMove(
  deps: ActivityDeps,
  task: AdmittedTask,
  { move }: MirrorInput,
): Promise<MoveRefused | { readonly kind: 'accepted'; readonly restored?: string }> {
  if (!move) return { kind: 'accepted' };
  const noted = { task: task.id, metadata: { message: move.id.slice(0, 64) } };
  if (move.host !== deps.host || !deps.verifier.verifyMessage(task.id, SIGNALS.move, move)) {
    const description = 'a move without a valid signature was refused';
    void deps.audit.note({ ...noted, type: 'security_violation', description });
    return { kind: 'move_refused', reason: 'the message has no valid signature' };
  }
  const { problem, restored } = await deps.workspaces.prepare(task);
  if (problem !== undefined) return { kind: 'move_refused', reason: problem };
  void deps.audit.note({ ...noted, type: 'agent_start', description: `moved to ${deps.host} by a person` });
  return { kind: 'accepted', ...(restored === undefined ? {} : { restored }) };
}

// ---

/** A poll that began after an activity was scheduled shows a living host, which has more to do than it can. */
async function isPolled({ host, since }: LostHost): Promise<boolean> {
  const { client, info } = Context.current();
  try {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: hostQueueOf(info.taskQueue, host) },
      taskQueueType: ACTIVITIES,
    });
    return (lastPollOf(pollers) ?? 0) > since;
  } catch {
    return false;
  }
}

/** The protocol's number for this type of a task queue. */
const ACTIVITIES = 2;
