/** The conversation as the protocol of chat completions has it: nothing to translate, nothing to look at. Pure, for workflows too. */
import { DEFAULT_SYSTEM_PROMPT } from '../../../src/domain/limits.js';

export interface WireCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface WireReply {
  readonly role: 'assistant';
  readonly content: string;
  readonly tool_calls?: readonly WireCall[];
}

export type WireMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string }
  | WireReply;

export type WireResult = Extract<WireMessage, { role: 'tool' }>;

export function openingOf(prompt: string): WireMessage[] {
  return [
    { role: 'system', content: DEFAULT_SYSTEM_PROMPT },
    { role: 'user', content: prompt },
  ];
}

/** The calls of the last message, if it is a reply that has some. */
export function callsIn(messages: readonly WireMessage[]): readonly WireCall[] {
  const last = messages.at(-1);
  return last?.role === 'assistant' ? (last.tool_calls ?? []) : [];
}
