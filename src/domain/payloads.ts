/**
 * Which parts of a conversation travel as arguments, and how they are split. Pure; measured before sending: arguments
 * over 2 MB would make the workflow task fail for ever.
 */
import { type Message, opening, sizeOf, utf8Length } from './conversation.js';
import { FIXED } from './limits.js';
import type { TaskInput } from './protocol.js';

/** The messages in order, in groups of at most 512 KiB of JSON (a larger message gets its own group). */
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

/**
 * The byte budget of a conversation, as JSON: of what the input leaves, two thirds for the conversation after its
 * opening and one third for what the workflow adds between two iterations.
 */
export function conversationBudgetOf(input: TaskInput): { readonly conversation: number; readonly tail: number } {
  const left = FIXED.argumentsBytes - REST_BYTES - inputBytes(input);
  return { conversation: Math.floor((left * 2) / 3), tail: Math.floor(left / 3) };
}

export function inputBytes(input: TaskInput): number {
  return utf8Length(JSON.stringify(input));
}

/** @returns why the input is too large to leave a budget for work; undefined when it is not */
export function tooLarge(input: TaskInput): string | undefined {
  const prompt = utf8Length(input.prompt) + utf8Length(String(input.system_prompt ?? ''));
  if (prompt > FIXED.promptBytes)
    return `Prompt and system prompt are ${prompt} bytes together, more than ${FIXED.promptBytes}`;
  const all = inputBytes(input);
  return all > FIXED.inputBytes
    ? `The input of the task is ${all} bytes as JSON, more than ${FIXED.inputBytes}`
    : undefined;
}

/** The opening of the conversation; it is in the input, so it is never carried. */
export function openingOf(input: TaskInput, defaultSystemPrompt: string): Message[] {
  if (input.adopted) return [...input.adopted.messages];
  return opening(input.system_prompt ?? defaultSystemPrompt, input.prompt);
}

/** The conversation that the input brings: the opening, and what the task continues from. No state token names it. */
export function startOf(input: TaskInput, defaultSystemPrompt: string): Message[] {
  return [...openingOf(input, defaultSystemPrompt), ...(input.continues?.messages ?? [])];
}

// ---

/** Record, policy decisions and other fields that are sent along. */
const REST_BYTES = 64 * 1024;
