/**
 * What the operations on a running task have in common: they find the task, sign a message and send it, and ask the task
 * what became of it. The server keeps a message whether or not a worker runs; only the answer needs one.
 */

import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ControlMessage, InboxAnswer, PauseMessage } from '../domain/control.js';
import { RookeryError } from '../domain/errors.js';
import { QUERIES } from '../domain/protocol.js';
import type { Phase } from '../domain/task.js';
import { fileNameOf } from '../domain/task-id.js';
import { GRPC, grpcCode } from '../server/connect.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import { askWorkflow } from './ask-workflow.js';
import { isAboutToClose } from './closing.js';
import { notFound, type Online, type VerbOutcome } from './context.js';
import { describe } from './describe-workflow.js';
import { isPolled } from './host-state.js';
import { heldSentence, isHeldByTemporal, isOpenRun } from './open-workflow.js';
import { memoPhase } from './workflow-state.js';

/** How long a worker that answers may take to act on a message. */
export const EFFECT_TIMEOUT_MS = 15_000;

/** How long a verb waits for a receipt that may come later: a worker with enough to do verifies later. */
export const RECEIPT_MS = 5_000;

export const UNVERIFIED = 'no worker has verified it yet';

/** `action`: as in "cannot be paused". Throws `not_found`, and `wrong_status` for a task that has ended or never ran. */
export async function runningTask(context: Online, id: string, action: string): Promise<WorkflowDescription> {
  const at = await describe(context.client, id);
  const { paths } = context;
  const isOpen = at !== undefined && isOpenRun(at) && !(await isAboutToClose(context, at));
  if (isOpen) return at;
  if (at) throw hasEnded(id, action);
  if (!existsSync(paths.task(id)) && !existsSync(paths.input(id))) throw notFound(id);
  throw new RookeryError('wrong_status', `Task '${id}' cannot be ${action}: it does not run`, {
    hint: `Run \`rookery status ${fileNameOf(id)}\`; \`rookery resume\` starts a task that never ran`,
  });
}

export function hasEnded(id: string, action: string): RookeryError {
  return new RookeryError('wrong_status', `Task '${id}' cannot be ${action}: it has ended`);
}

export interface ControlSignal {
  readonly id: string;
  readonly signal: string;
  readonly message: ControlMessage['message'] | PauseMessage;
  /** As in "cannot be paused". */
  readonly action: string;
}

/** Signed. When it resolves, the server has recorded the message. Throws `wrong_status` when the task has just ended. */
export async function sendSigned(
  context: Online,
  { message, ...sending }: ControlSignal & { readonly message: ControlMessage['message'] },
): Promise<void> {
  const { id, signal } = sending;
  await sendPlain(context, { ...sending, message: context.signer.signMessage(id, signal, message) });
}

/** As it is, for signals that need no signature. */
export async function sendPlain({ client }: Online, { id, signal, message, action }: ControlSignal): Promise<void> {
  try {
    await client.workflow.getHandle(id).signal(signal, message);
  } catch (error) {
    if (isGone(error)) throw hasEnded(id, action);
    throw error;
  }
}

/** The server has no open run that could take a signal. */
export function isGone(error: unknown): boolean {
  return grpcCode(error) === GRPC.notFound || (error as Error).name === 'WorkflowNotFoundError';
}

/** @returns undefined when no worker answers in time */
export async function queryInbox(client: TemporalClient, id: string): Promise<InboxAnswer | undefined> {
  try {
    return await client.withDeadline(Date.now() + QUERY_MS, () =>
      askWorkflow<InboxAnswer>(client, { workflowId: id }, QUERIES.inbox),
    );
  } catch {
    return undefined;
  }
}

/** `absent`: no worker answers. `late`: the task has answered, and not yet what was looked for. */
export type Looked<T> =
  | { readonly kind: 'found'; readonly found: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'late' };

export interface Looking<T> {
  readonly at: WorkflowDescription;
  readonly look: (answer: InboxAnswer) => T | undefined;
  readonly timeoutMs: number;
  /** Sends the message once more: a flood of forged ones may have displaced it, and the same id counts once. */
  readonly repeat?: () => Promise<void>;
}

/** Asks the task until it says what is looked for. A task that does not answer is not asked again. */
export async function awaitInbox<T>(
  client: TemporalClient,
  { at, look, timeoutMs, repeat }: Looking<T>,
): Promise<Looked<T>> {
  const deadline = Date.now() + timeoutMs;
  let repeatAt = Date.now() + REPEAT_MS;
  // The server lists a worker for a while after its death: then only the missing answer tells.
  if (isHeldByTemporal(at) || !(await isPolled(client, at.taskQueue))) return { kind: 'absent' };
  for (;;) {
    const answer = await queryInbox(client, at.workflowId);
    if (!answer) return { kind: 'absent' };
    const found = look(answer);
    if (found !== undefined) return { kind: 'found', found };
    if (Date.now() >= deadline) return { kind: 'late' };
    if (repeat && Date.now() >= repeatAt) {
      repeatAt = Date.now() + REPEAT_MS;
      await repeat();
    }
    await pause(POLL_MS);
  }
}

/**
 * What lists, `status` and `wait` show of a task comes from its memo, which the workflow writes a step later.
 * @returns false when the task is still in that phase after a while
 */
export async function awaitPhaseOver(client: TemporalClient, id: string, phase: Phase): Promise<boolean> {
  const deadline = Date.now() + EFFECT_TIMEOUT_MS;
  while (memoPhase((await describe(client, id))?.memo)?.phase === phase) {
    if (Date.now() >= deadline) return false;
    await pause(POLL_MS);
  }
  return true;
}

export function runningOutcome(id: string, message: string): VerbOutcome {
  return { id, ok: true, status: 'Running', message };
}

/** Why a message has no effect yet; `when`: as in "continues". */
export function absenceSentence(at: WorkflowDescription, when: string): string {
  if (isHeldByTemporal(at)) return heldSentence(at.workflowId);
  return `no worker runs, it ${when} when one does`;
}

/** Of a message that has no effect yet, because no worker answers. */
export function acceptedOutcome(at: WorkflowDescription, when: string): VerbOutcome {
  return runningOutcome(at.workflowId, `accepted; ${absenceSentence(at, when)}`);
}

// ---

const QUERY_MS = 3_000;
const POLL_MS = 100;
const REPEAT_MS = 3_000;
