/**
 * Imports a checkpoint that another program wrote: its messages unchanged, in its text protocol, and a user turn where
 * the next request would otherwise end with an answer. Pure.
 */
import type { Message } from './conversation.js';
import type { WireMessage } from './wire.js';

/** What a task continues from. Part of the signed input: a rebuild needs nothing else. */
export interface Adopted {
  /** Replies that the other program had accepted: its `checkpoint.iteration + 1`. Our limits do not count them. */
  readonly iterations: number;
  readonly messages: readonly Message[];
}

const GO_ON =
  'Go on with the task from where you left off. If the message before this one is already the final answer, repeat it.';

export function adopt(checkpoint: { readonly iteration: number; readonly messages: readonly WireMessage[] }): Adopted {
  const messages = checkpoint.messages.map(toMessage);
  const last = messages.at(-1);
  const turn: Message[] = last?.role === 'assistant' ? [{ role: 'user', content: GO_ON }] : [];
  return { iterations: checkpoint.iteration + 1, messages: [...messages, ...turn] };
}

// ---

/** A role that no provider knows becomes user text. */
function toMessage({ role, content, content_parts: parts }: WireMessage): Message {
  if (role === 'system' || role === 'assistant') return { role, content };
  return parts ? { role: 'user', content, parts } : { role: 'user', content };
}
