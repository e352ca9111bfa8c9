/**
 * The messages of a person to a task, with what has become of each. What waits to be delivered is kept whole; of the rest
 * the beginning is shown. Schedules nothing.
 */
import type { MessageReceipt, MessageState, PersonMessage } from '../src/domain/control.js';
import { type Message, sizeOf } from '../src/domain/conversation.js';
import { wellFormed } from '../src/domain/wire.js';

/** How many are shown. Those that wait are bounded by their size. */
const SHOWN = 64;
/** Code units of a text that is only shown: all of them are carried into a new run. */
const SHOWN_UNITS = 80;

export class MessageBox {
  #receipts: MessageReceipt[];

  constructor(carried: readonly MessageReceipt[]) {
    this.#receipts = [...carried];
  }

  get receipts(): readonly MessageReceipt[] {
    return this.#receipts;
  }

  /** Bytes of the messages that wait, as they will stand in the conversation. */
  get bytes(): number {
    return this.#waiting.reduce((sum, receipt) => sum + sizeOf(turnOf(receipt)) + 1, 0);
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  accept(message: PersonMessage, at: number): void {
    this.#note({ ...receiptOf(message, at), state: 'accepted' });
  }

  refuse(message: PersonMessage, { at, reason }: { readonly at: number; readonly reason: string }): void {
    if (this.#receipts.some(({ id, state }) => id === message.id && state !== 'refused')) return;
    this.#note(settled({ ...receiptOf(message, at), reason }, 'refused'));
  }

  withdraw(id: string): void {
    this.#settle((receipt) => receipt.id === id, 'withdrawn', {});
  }

  /** None of them will be delivered any more. */
  refuseAll(reason: string): void {
    this.#settle(() => true, 'refused', { reason });
  }

  /**
   * Takes the messages that are to be delivered, as turns of the conversation.
   * @param answered the task would end with its answer: those that were queued for it too
   */
  deliver(iteration: number, answered: boolean): Message[] {
    const isDue = ({ mode }: MessageReceipt): boolean => answered || mode !== 'queue';
    const turns = this.#waiting.filter(isDue).map(turnOf);
    this.#settle(isDue, 'delivered', { iteration });
    return turns;
  }

  get #waiting(): MessageReceipt[] {
    return this.#receipts.filter(({ state }) => state === 'accepted');
  }

  #note(receipt: MessageReceipt): void {
    this.#receipts = [...this.#receipts.filter(({ id }) => id !== receipt.id), receipt];
    let excess = this.#receipts.length - SHOWN;
    this.#receipts = this.#receipts.filter(({ state }) => state === 'accepted' || excess-- <= 0);
  }

  #settle(concerns: (receipt: MessageReceipt) => boolean, state: MessageState, more: Partial<MessageReceipt>): void {
    this.#receipts = this.#receipts.map((receipt) =>
      receipt.state === 'accepted' && concerns(receipt) ? settled({ ...receipt, ...more }, state) : receipt,
    );
  }
}

/** How a message stands in the conversation. */
export function turnOf({ id, text }: Pick<PersonMessage, 'id' | 'text'>): Message {
  return { role: 'user', content: wellFormed(text), message: id };
}

// ---

function receiptOf({ id, mode = 'steer', text }: PersonMessage, at: number): MessageReceipt {
  return { id, mode, text, state: 'accepted', iteration: null, reason: null, at };
}

function settled(receipt: MessageReceipt, state: MessageState): MessageReceipt {
  const { text } = receipt;
  const shown = text.length <= SHOWN_UNITS ? text : `${text.slice(0, SHOWN_UNITS)}…`;
  return { ...receipt, state, text: wellFormed(shown) };
}
