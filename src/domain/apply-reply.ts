/** How an accepted reply changes the conversation: workflow, activity and rebuild must get the same result. Pure. */

import { applyShrinking, type Shrinking } from './compaction.js';
import { type AssistantMessage, type Message, settle, toToolMessage } from './conversation.js';
import { applyCompaction, type Compaction } from './model-compaction.js';
import type { Observation } from './tool.js';

export interface Advance {
  /** Results of the inline calls. */
  readonly observations: readonly Observation[];
  /** A user turn of ours, after the results. */
  readonly note?: string;
  /** What was removed before the model could be asked, step by step. */
  readonly shrunk?: readonly Shrinking[];
  /** The reply is a summary, and stands for these rounds. */
  readonly compacted?: Compaction;
  readonly message: AssistantMessage;
}

/** `opening`: number of messages that the task began with. */
export function advance(
  sent: readonly Message[],
  opening: number,
  { observations, note, shrunk = [], compacted, message }: Advance,
): Message[] {
  let messages = withNote(settle(sent, observations.map(toToolMessage)), note);
  for (const step of shrunk) messages = applyShrinking(messages, opening, step);
  return withReply(messages, opening, { compacted, message });
}

/** The conversation after the reply: with it at its end, or with the summary that it is in place of the oldest rounds. */
export function withReply(
  messages: readonly Message[],
  opening: number,
  { compacted, message }: { readonly compacted?: Compaction | undefined; readonly message: AssistantMessage },
): Message[] {
  if (!compacted) return [...messages, message];
  return applyCompaction(messages, opening, { ...compacted, summary: message.content });
}

export function withNote(messages: Message[], note: string | undefined): Message[] {
  return note === undefined ? messages : [...messages, { role: 'user', content: note }];
}
