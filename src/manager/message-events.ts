/**
 * What becomes of the messages that a person sends to a running task: the signals and the iterations of its history say
 * it. A message counts once, however often its signal arrives.
 */
import {
  type ControlMessage,
  type PersonMessage,
  type RaisedLimits,
  toPersonMessage,
  type WithdrawMessage,
} from '../domain/control.js';
import { SIGNALS } from '../domain/protocol.js';
import type { MessageEvent } from './event-bodies.js';
import { type HistoryEvent, values } from './history.js';

/** What an iteration said about the control messages that it got. */
export interface VerifiedControl {
  readonly control: readonly ControlMessage[];
  /** Ids of those that do not count. */
  readonly refused: readonly string[];
  /** The number of the reply; null when the model was not asked. */
  readonly iteration: number | null;
}

/** The part of an iteration's input that is control. */
export interface WithControl {
  readonly control?: readonly ControlMessage[];
}

/** Ids of the control messages that do not count, in the result of an iteration. */
export function refusedIn(result: object): readonly string[] {
  const { refused, ids } = result as { readonly refused?: readonly string[]; readonly ids?: readonly string[] };
  return refused ?? ids ?? [];
}

export class MessageEvents {
  readonly #known = new Set<string>();

  /** The run before has told of these. */
  know(ids: readonly string[]): void {
    for (const id of ids) this.#known.add(id);
  }

  signaled({ signalName, input }: Signaled): MessageEvent[] {
    if (signalName !== SIGNALS.message) return [];
    const message = toPersonMessage(firstOf(input));
    if (!message || this.#known.has(message.id)) return [];
    this.#known.add(message.id);
    return [eventOf(message, 'accepted')];
  }

  verified({ control, refused, iteration }: VerifiedControl): MessageEvent[] {
    const bad = new Set(refused);
    const valid = control.filter(({ message }) => !bad.has(message.id));
    const withdrawn = new Map(valid.flatMap((one) => (one.signal === 'withdraw' ? [[one.message.message, one]] : [])));
    return control.flatMap((one): MessageEvent[] => {
      if (one.signal === 'withdraw') return bad.has(one.message.id) ? [] : [withdrawnEvent(one.message)];
      if (one.signal !== 'message' || withdrawn.has(one.message.id)) return [];
      if (bad.has(one.message.id)) return [eventOf(one.message, 'refused')];
      return iteration === null ? [] : [{ ...eventOf(one.message, 'delivered'), iteration }];
    });
  }
}

/** The raises among them that count. */
export function raisesIn({ control, refused }: VerifiedControl): RaisedLimits[] {
  return control.flatMap((one) =>
    one.signal === 'raise' && !refused.includes(one.message.id) ? [one.message.limits] : [],
  );
}

// ---

type Signaled = NonNullable<HistoryEvent['workflowExecutionSignaledEventAttributes']>;

function eventOf({ id, mode = 'steer', text }: PersonMessage, state: MessageEvent['state']): MessageEvent {
  return { type: 'message', message: id, state, mode, text, iteration: null };
}

function withdrawnEvent({ message }: WithdrawMessage): MessageEvent {
  return { type: 'message', message, state: 'withdrawn', mode: null, text: null, iteration: null };
}

/** Any client can send a signal, in any encoding. */
function firstOf(input: Signaled['input']): unknown {
  try {
    return values(input)[0];
  } catch {
    return undefined;
  }
}
