/**
 * What becomes of the messages that a person sends to a running task: the activity that verifies them and the iterations
 * that get them say it. Each state of a message is told once.
 */
import type {
  MessageReceipt,
  PersonMessage,
  RaisedLimits,
  VerifyControlInput,
  VerifyControlResult,
} from '../domain/control.js';
import type { Message } from '../domain/conversation.js';
import type { MessageEvent } from './event-bodies.js';

export class MessageEvents {
  /** Those that wait to be delivered. */
  readonly #open = new Map<string, Pick<PersonMessage, 'mode' | 'text'>>();
  readonly #over = new Set<string>();

  /** The run before has told of these. */
  know(receipts: readonly MessageReceipt[]): void {
    for (const { id, mode, text, state } of receipts) {
      if (state === 'accepted') this.#open.set(id, { mode, text });
      else this.#over.add(id);
    }
  }

  verified({ controls }: VerifyControlInput, { valid }: VerifyControlResult): MessageEvent[] {
    return controls.flatMap(({ signal, message }, n): MessageEvent[] => {
      if (signal === 'withdraw') return valid[n] ? this.#settle(message.message, 'withdrawn') : [];
      if (signal !== 'message' || this.#open.has(message.id) || this.#over.has(message.id)) return [];
      const { id, mode = 'steer', text } = message;
      if (valid[n]) this.#open.set(id, { mode, text });
      return [{ type: 'message', message: id, state: valid[n] ? 'accepted' : 'refused', mode, text, iteration: null }];
    });
  }

  /** `sent`: what the iteration got beside the conversation that its worker had. */
  delivered(sent: readonly Message[], iteration: number): MessageEvent[] {
    return sent.flatMap((turn): MessageEvent[] => {
      if (turn.role !== 'user' || turn.message === undefined || this.#over.has(turn.message)) return [];
      const { message, content: text } = turn;
      const mode = this.#open.get(message)?.mode ?? null;
      this.#open.delete(message);
      this.#over.add(message);
      return [{ type: 'message', message, state: 'delivered', mode, text, iteration }];
    });
  }

  #settle(message: string, state: 'withdrawn'): MessageEvent[] {
    const { mode = 'steer', text } = this.#open.get(message) ?? {};
    if (text === undefined || !this.#open.delete(message)) return [];
    this.#over.add(message);
    return [{ type: 'message', message, state, mode, text, iteration: null }];
  }
}

/** The raises among them that count. */
export function raisesIn({ controls }: VerifyControlInput, { valid }: VerifyControlResult): RaisedLimits[] {
  return controls.flatMap((one, n) => (one.signal === 'raise' && valid[n] ? [one.message.limits] : []));
}
