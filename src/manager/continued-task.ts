/**
 * What the input of a run says about the task that it continues: the same one, which had ended, or another one. The start
 * of any client may have anything there: what is not as we write it is not there.
 */
import { type AssistantMessage, lastReply, type Message } from '../domain/conversation.js';
import type { TaskInput } from '../domain/protocol.js';
import { NO_USAGE, type Usage } from '../domain/task.js';

export interface Continued {
  readonly kind: 'send' | 'retry' | 'fork';
  readonly from: {
    readonly id: string;
    /** The run that had ended; absent where its history is gone. */
    readonly run?: string;
    readonly iteration: number;
  };
  /** Accepted replies so far. */
  readonly iterations: number;
  readonly usage: Usage;
  /** How long the task has run so far. */
  readonly elapsed: number;
  /** It may have calls that run now. */
  readonly reply: AssistantMessage | undefined;
}

export function continuedIn(input: TaskInput | undefined): Continued | undefined {
  const { continues } = Object(input) as { readonly continues?: unknown };
  const { kind, from, iterations, usage, elapsed_ms, messages } = Object(continues) as Loose<Written>;
  const { id, run, iteration } = Object(from) as Loose<Continued['from']>;
  if (kind !== 'send' && kind !== 'retry' && kind !== 'fork') return undefined;
  if (typeof id !== 'string' || !isCount(iteration)) return undefined;
  return {
    kind,
    from: { id, ...(typeof run === 'string' ? { run } : {}), iteration },
    iterations: isCount(iterations) ? iterations : iteration,
    usage: typeof usage === 'object' && usage !== null ? (usage as Usage) : NO_USAGE,
    elapsed: isCount(elapsed_ms) ? elapsed_ms : 0,
    reply: Array.isArray(messages) ? lastReply(messages as Message[]) : undefined,
  };
}

// ---

interface Written extends Omit<Continued, 'elapsed' | 'reply'> {
  readonly elapsed_ms: number;
  readonly messages: readonly Message[];
}

type Loose<T> = { readonly [K in keyof T]?: unknown };

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
