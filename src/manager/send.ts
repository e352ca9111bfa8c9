/**
 * Sends a message to a task, signed, and withdraws one that has not been delivered. The receipt is what the task itself says
 * of the message: accepted, delivered at an iteration, withdrawn, or refused with the reason.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ENDED_BEFORE,
  type InboxAnswer,
  MAX_MESSAGE_BYTES,
  type MessageMode,
  type MessageReceipt,
} from '../domain/control.js';
import { RookeryError } from '../domain/errors.js';
import { SIGNALS } from '../domain/protocol.js';
import { fileNameOf } from '../domain/task-id.js';
import type { WorkflowDescription } from '../server/temporal-client.js';
import type { Adopter } from './adopt.js';
import { type ManagerContext, type Online, online } from './context.js';
import {
  absenceSentence,
  awaitInbox,
  hasEnded,
  queryInbox,
  RECEIPT_MS,
  runningTask,
  sendSigned,
  UNVERIFIED,
} from './control.js';
import { describe } from './describe-workflow.js';
import { noAnswer } from './inbox.js';
import { isOpenRun } from './open-workflow.js';
import { knownReceipt, type Receipt, receiptIn, receiptOf } from './receipt.js';
import { answerOpenQuestion } from './send-answer.js';
import { sendToEnded } from './send-ended.js';
import { refuseWhenFull } from './unseen-signals.js';
import { memoPhase } from './workflow-state.js';

export interface SendOptions {
  /**
   * `steer`: with the next request to the model. `queue`: after the answer, and the task continues. `interrupt`: at once;
   * what runs is cancelled. Default: `steer`.
   */
  readonly mode?: MessageMode;
  /** Id of the message: a task takes the same id once. Default: a new UUID. */
  readonly message?: string;
  /** Resolve when it is delivered, however long that takes. Default: when it is accepted. */
  readonly wait?: boolean;
  /** Settings for a task that has ended, and whose history and signed input are gone. */
  readonly adopt?: Adopter;
  /** Ends the wait, not the message. */
  readonly signal?: AbortSignal;
}

export async function send(
  context: ManagerContext,
  id: string,
  { text, ...options }: SendOptions & { readonly text: string },
): Promise<Receipt> {
  const connected = online(context);
  checkText(text);
  const { message = randomUUID() } = options;
  const known = options.message === undefined ? undefined : await knownReceipt(connected, id, message);
  if (known) return known;
  const said = { ...options, message, text };
  const continued = await inNewRun(connected, id, said);
  if (continued) return continued;
  const receipt = await sendToRunning(connected, id, said);
  if (receipt !== 'too late') return receipt;
  const late = await inNewRun(connected, id, said);
  if (late) return late;
  throw hasEnded(id, ACTION);
}

/** `message`: its id, or the beginning of it where a worker answers. */
export async function withdraw(context: ManagerContext, id: string, message: string): Promise<Receipt> {
  const connected = online(context);
  const at = await runningTask(connected, id, 'changed');
  const found = await messageIn(connected, id, message);
  if (found?.state === 'withdrawn') return receiptOf(id, found);
  if (found) refuseDelivered(id, found);
  await refuseWhenFull(connected, at);
  const whole = found?.id ?? message;
  const sending = { id: randomUUID(), message: whole };
  const repeat = (): Promise<void> =>
    sendSigned(connected, { id, action: 'changed', signal: SIGNALS.withdraw, message: sending });
  await repeat();
  const look = ({ messages }: InboxAnswer) => messages.find((one) => one.id === whole && one.state !== 'accepted');
  const now = await awaitInbox(connected.client, { at, look, repeat, timeoutMs: RECEIPT_MS });
  if (now.kind === 'found') {
    refuseDelivered(id, now.found);
    return receiptOf(id, now.found);
  }
  const reason = now.kind === 'absent' ? absenceSentence(at, 'is withdrawn') : UNVERIFIED;
  return { id, message: whole, state: 'accepted', iteration: null, reason };
}

// ---

const ACTION = 'sent a message';
const POLL_MS = 500;
const UUID_LENGTH = 36;

interface Saying extends SendOptions {
  readonly message: string;
  readonly text: string;
}

/** @returns undefined for a task that has not ended */
async function inNewRun(context: Online, id: string, said: Saying): Promise<Receipt | undefined> {
  const continued = await sendToEnded(context, id, said);
  if (!continued) return undefined;
  const { from, lost } = continued;
  const reason = `the task had ended and continues${lost === null ? '' : `; ${lost}`}`;
  return { id, message: said.message, state: 'delivered', iteration: from.iteration + 1, reason, continues: true };
}

/** `too late`: the task has certainly ended without it. */
async function sendToRunning(
  connected: Online,
  id: string,
  { text, mode = 'steer', message, wait, signal }: Saying,
): Promise<Receipt | 'too late'> {
  const at = await runningTask(connected, id, ACTION);
  const answered = mode === 'steer' ? await answerOpenQuestion(connected, at, { text, message }) : undefined;
  if (answered) return wait && answered.state === 'accepted' ? delivered(connected, answered, signal) : answered;
  await refuseWhenFull(connected, at);
  const sent = { id, action: ACTION, signal: SIGNALS.message, message: { id: message, text, mode } };
  const repeat = (): Promise<void> => sendSigned(connected, sent);
  try {
    await repeat();
  } catch (error) {
    if (error instanceof RookeryError && error.code === 'wrong_status') return 'too late';
    throw error;
  }
  const accepted = await firstReceipt(connected, at, { message, repeat });
  return wait && accepted !== 'too late' ? delivered(connected, accepted, signal) : accepted;
}

function checkText(text: string): void {
  if (text.trim() === '') {
    throw new RookeryError('usage', 'The message is empty', { hint: 'Give it as words, or as - from stdin' });
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new RookeryError('usage', `The message has ${bytes} bytes; at most ${MAX_MESSAGE_BYTES} are possible`, {
      hint: 'Put the material into a file of the workspace and name it in the message',
    });
  }
}

interface Sent {
  readonly message: string;
  readonly repeat: () => Promise<void>;
}

async function firstReceipt(
  { client }: Online,
  at: WorkflowDescription,
  { message, repeat }: Sent,
): Promise<Receipt | 'too late'> {
  const id = at.workflowId;
  const accepted = { id, message, state: 'accepted', iteration: null } as const;
  const now = await awaitInbox(client, {
    at,
    repeat,
    timeoutMs: RECEIPT_MS,
    look: (answer) => {
      const found = receiptIn(answer, message);
      return found && { found, reason: delayOf(answer) ?? waitSentence(at) };
    },
  });
  if (now.kind === 'absent') {
    const reasons = [absenceSentence(at, 'is delivered'), waitSentence(at)].filter((one) => one !== null);
    return { ...accepted, reason: reasons.join('; ') };
  }
  if (now.kind === 'late') return { ...accepted, reason: UNVERIFIED };
  const { found, reason } = now.found;
  if (isTooLate(found)) return 'too late';
  return found.state === 'accepted' ? { ...accepted, reason } : receiptOf(id, found);
}

/** Looks again until the message is no longer only accepted. */
async function delivered(
  { client }: Online,
  accepted: Receipt,
  signal: AbortSignal | undefined,
): Promise<Receipt | 'too late'> {
  const { id, message } = accepted;
  let receipt = accepted;
  while (receipt.state === 'accepted') {
    await pause(POLL_MS, undefined, { signal });
    const at = await describe(client, id);
    const answer = await queryInbox(client, id);
    const found = answer && receiptIn(answer, message);
    if (found && isTooLate(found)) return 'too late';
    if (found) receipt = receiptOf(id, found);
    // It answers after its end too.
    else if (!at || !isOpenRun(at)) throw hasEnded(id, ACTION);
    if (receipt.state === 'accepted' && at && !isOpenRun(at)) throw hasEnded(id, ACTION);
  }
  return receipt;
}

/** @returns undefined for a whole id that no worker can look up */
async function messageIn({ client }: Online, id: string, given: string): Promise<MessageReceipt | undefined> {
  const answer = await queryInbox(client, id);
  if (!answer && given.length >= UUID_LENGTH) return undefined;
  if (!answer) throw noAnswer(id);
  const matches = answer.messages.filter((one) => one.id.startsWith(given));
  const [only, ...others] = matches;
  if (only && others.length === 0) return only;
  if (only) {
    throw new RookeryError('ambiguous', `The id '${given}' matches ${matches.length} messages of task '${id}'`, {
      hint: 'Give more characters',
    });
  }
  throw new RookeryError('not_found', `Task '${id}' has no message '${given}'`, {
    hint: '`rookery send` prints the id of a message',
  });
}

/** Throws `wrong_status` for a message that can no longer be withdrawn. */
function refuseDelivered(id: string, { id: message, state, iteration }: MessageReceipt): void {
  if (state !== 'delivered') return;
  const when = iteration === null ? '' : ` at iteration ${iteration}`;
  throw new RookeryError('wrong_status', `Message '${message}' cannot be withdrawn: it was delivered${when}`, {
    hint: `Send another one with \`rookery send ${fileNameOf(id)}\``,
  });
}

function isTooLate({ state, reason }: MessageReceipt): boolean {
  return state === 'refused' && reason === ENDED_BEFORE;
}

function waitSentence({ memo, workflowId }: WorkflowDescription): string | null {
  const { phase } = memoPhase(memo) ?? {};
  if (phase === 'waiting_approval') return 'the task waits for an approval';
  if (phase !== 'waiting_question') return null;
  return `the task waits for an answer: \`rookery answer ${fileNameOf(workflowId)} TEXT\``;
}

/** Why a message is not delivered next. */
function delayOf({ paused, limit }: InboxAnswer): string | null {
  if (paused) return 'the task is paused';
  return limit ? 'the task waits at a limit' : null;
}
