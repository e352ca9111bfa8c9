/** The receipt of a message: what the task itself says has become of it. */
import type { InboxAnswer, MessageReceipt } from '../domain/control.js';
import { RookeryError } from '../domain/errors.js';
import type { Online } from './context.js';
import { queryInbox } from './control.js';
import { describe } from './describe-workflow.js';
import { isOpenRun } from './open-workflow.js';
import { pastRun } from './past.js';

/** The receipt of a message. */
export interface Receipt {
  /** Of the task. */
  readonly id: string;
  readonly message: string;
  readonly state: 'accepted' | 'delivered' | 'withdrawn';
  /** The reply that was the first to have the message; null before it was delivered, and where it is not known any more. */
  readonly iteration: number | null;
  /** What the delivery waits for; null when it is next. */
  readonly reason: string | null;
  /** The task had ended, and continues with the message in a new run, for which a worker is needed. Absent: it ran. */
  readonly continues?: true;
  /** Id of the question that the message has answered. Absent: none. */
  readonly question?: string;
}

/** Throws `wrong_status` for a message that was refused. */
export function receiptOf(task: string, { id: message, state, iteration, reason }: MessageReceipt): Receipt {
  if (state !== 'refused') return { id: task, message, state, iteration, reason };
  throw new RookeryError('wrong_status', `Task '${task}' has refused the message: ${reason ?? 'no reason given'}`);
}

/** What a task that has ended says of a message that it had got: a program may repeat a message with its id. */
export async function knownReceipt(context: Online, id: string, message: string): Promise<Receipt | undefined> {
  const at = await describe(context.client, id);
  if (!at || isOpenRun(at)) return undefined;
  const answer = await queryInbox(context.client, id);
  if (!answer) return receiptInHistory(context, { id, run: at.runId, message });
  const found = receiptIn(answer, message);
  return found && found.state !== 'refused' ? receiptOf(id, found) : undefined;
}

/** As the task had it when it answered. */
export function receiptIn({ messages }: InboxAnswer, message: string): MessageReceipt | undefined {
  return messages.find((one) => one.id === message);
}

// ---

/** Without a worker the conversation tells whether the message is in it. */
async function receiptInHistory(
  context: Online,
  { id, run, message }: { readonly id: string; readonly run: string; readonly message: string },
): Promise<Receipt | undefined> {
  const said = (await pastRun(context, id, run))?.rounds.at(-1)?.messages ?? [];
  const isThere = said.some((one) => one.role === 'user' && one.message === message);
  return isThere ? { id, message, state: 'delivered', iteration: null, reason: null } : undefined;
}
