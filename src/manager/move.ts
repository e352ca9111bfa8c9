/**
 * Moves a task to another host by a person's word: a signed message, which waits in the task until a worker of that host
 * has verified it and written the files there. Calls that may have been started on the old host count as interrupted.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { RookeryError } from '../domain/errors.js';
import type { MoveMessage } from '../domain/host-change.js';
import { SIGNALS, type StatusAnswer, TASK_QUEUE } from '../domain/protocol.js';
import { fileNameOf } from '../domain/task-id.js';
import { HOST_NAME, hostQueueOf } from '../domain/worker-names.js';
import { hostName } from '../mirror/host-name.js';
import type { WorkflowDescription } from '../server/temporal-client.js';
import { type ManagerContext, notFound, type Online, online, type VerbOutcome } from './context.js';
import { describe } from './describe-workflow.js';
import { isPolled } from './host-state.js';
import { queryStatus } from './workflow-state.js';

export interface MoveTarget {
  /** Name of a host, with or without what stands before its `@`; `here`: the host of the work directory. */
  readonly to: string;
}

export async function move(context: ManagerContext, id: string, { to }: MoveTarget): Promise<VerbOutcome> {
  const connected = online(context);
  const host = to === 'here' ? await hostName(context.paths) : fullName(to);
  const at = await describe(connected.client, id);
  if (!at) throw notFound(id);
  if (at.status.name !== 'RUNNING' && at.status.name !== 'PAUSED') {
    throw new RookeryError('wrong_status', `Task '${id}' cannot be moved: it has ended`);
  }
  const before = await queryStatus(connected.client, at);
  if (before?.host === host) return outcome(id, `it is on ${host} already`);
  const message: MoveMessage = { id: randomUUID(), host };
  const signed = context.signer.signMessage(id, SIGNALS.move, message);
  await connected.client.workflow.getHandle(id).signal(SIGNALS.move, signed);
  return awaitMove(connected, at, { host, earlier: before?.move ?? null });
}

// ---

const POLL_MS = 200;
const EFFECT_TIMEOUT_MS = 15_000;

/** `earlier`: what the task said of an earlier move. */
interface Sought {
  readonly host: string;
  readonly earlier: StatusAnswer['move'];
}

function outcome(id: string, message: string): VerbOutcome {
  return { id, ok: true, status: 'Running', message };
}

function fullName(given: string): string {
  const host = given.includes('@') ? given : `${TASK_QUEUE}@${given}`;
  if (HOST_NAME.test(host)) return host;
  throw new RookeryError('usage', `There is no host named '${given}'`, {
    hint: '`rookery status` names the host of a task, and the log of a worker its own; `here` is that of this work directory',
  });
}

/** Without a worker the message stays in the task. */
async function awaitMove({ client }: Online, at: WorkflowDescription, { host, earlier }: Sought): Promise<VerbOutcome> {
  const id = at.workflowId;
  const queue = hostQueueOf(at.taskQueue, host);
  const later = `it moves to ${host} as soon as a worker polls queue ${queue}`;
  if (!(await isPolled(client, queue))) return outcome(id, later);
  const deadline = Date.now() + EFFECT_TIMEOUT_MS;
  while (Date.now() < deadline) {
    // It may have continued as new.
    const now = await queryStatus(client, (await describe(client, id)) ?? at);
    if (now?.host === host) return outcome(id, `moved to ${host}${now.move?.reason ? `; ${now.move.reason}` : ''}`);
    const refused = now?.move?.host === host && now.move.state === 'refused' ? now.move : null;
    if (refused && JSON.stringify(refused) !== JSON.stringify(earlier)) {
      throw new RookeryError('wrong_status', `Task '${fileNameOf(id)}' is not moved to ${host}: ${refused.reason}`);
    }
    await pause(POLL_MS);
  }
  return outcome(id, later);
}
