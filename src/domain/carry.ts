/**
 * Puts messages into groups that are payloads of bounded size, and takes them out again. Pure; measured before it is sent:
 * a payload over 2 MB would make the workflow task fail for ever.
 */
import { type Message, opening, sizeOf } from './conversation.js';
import { FIXED } from './limits.js';
import type { TaskInput } from './protocol.js';

/** The messages in their order, in groups of at most 512 KiB of JSON (a larger message has a group of its own). */
export function group(messages: readonly Message[]): Message[][] {
  const groups: Message[][] = [];
  let room = 0;
  for (const message of messages) {
    const size = sizeOf(message) + 1;
    if (size > room || groups.length === 0) {
      groups.push([]);
      // A list has one byte more than its messages with a comma each.
      room = FIXED.payloadBytes - 1;
    }
    groups.at(-1)?.push(message);
    room -= size;
  }
  return groups;
}

/** What the conversation begins with; it is in the input, so it is never carried beside it. */
export function openingOf(input: TaskInput, defaultSystemPrompt: string): Message[] {
  if (input.adopted) return [...input.adopted.messages];
  return opening(input.system_prompt ?? defaultSystemPrompt, input.prompt);
}
