/**
 * The conversation: the accepted messages of a task, and the pure functions on them.
 * Runs in the workflow sandbox and in activities alike: both must reach the same conversation from the same results.
 */
import type { CallOutcome, Label, Observation } from './tool.js';

/** A part of a user message that carries images, as RavenClaws writes it. */
export type ContentPart = { text: string } | { image_url: { url: string } };

/** One tool request inside a reply. */
export interface Call {
  /** A UUID of ours, made when the reply was accepted. */
  readonly id: string;
  /** The provider's id, which may repeat (`call_0`); used only in requests to the provider. */
  readonly wire_id: string;
  readonly name: string;
  readonly args: unknown;
  /** Why the request cannot run as it stands (broken JSON, too large); the model is told. */
  readonly problem?: string;
}

/**
 * What a provider gave with a reply in addition to its text and calls, and wants back with the next request: reasoning and
 * signatures. Opaque to us. It goes back to the same provider and model only, whole or not at all.
 */
export interface ReplyOrigin {
  readonly provider: string;
  readonly model: string;
  /** In the order of the reply. */
  readonly parts: readonly OriginPart[];
}

/** `options`: what the AI SDK calls provider options, as JSON. */
export type OriginPart =
  | { readonly kind: 'reasoning'; readonly text: string; readonly options?: Readonly<Record<string, unknown>> }
  /** The next `length` code units of the reply's text. */
  | { readonly kind: 'text'; readonly length: number; readonly options?: Readonly<Record<string, unknown>> }
  /** The next call of the reply. */
  | { readonly kind: 'call'; readonly options?: Readonly<Record<string, unknown>> };

export interface Removed {
  readonly rounds: number;
  /** Labels of the conversation at that point. */
  readonly labels: readonly Label[];
  /** The message holds a summary of the first so many of them. Absent: it holds none. */
  readonly summary?: number;
}

export type Message =
  | { readonly role: 'system'; readonly content: string }
  | {
      readonly role: 'user';
      readonly content: string;
      readonly parts?: readonly ContentPart[];
      /** Set on a message that stands for removed rounds. */
      readonly removed?: Removed;
      /** Id of the message of a person that it is, said while the task ran. */
      readonly message?: string;
    }
  | {
      readonly role: 'assistant';
      readonly content: string;
      readonly calls?: readonly Call[];
      /** Absent when the provider gave nothing that it wants back. */
      readonly origin?: ReplyOrigin;
      /** The JSON text of a valid structured answer, where the reply has more text than that. */
      readonly answer?: string;
    }
  | { readonly role: 'tool'; readonly call: string; readonly outcome: CallOutcome; readonly content: string };

export type AssistantMessage = Extract<Message, { role: 'assistant' }>;
export type ToolMessage = Extract<Message, { role: 'tool' }>;

/** The conversation that every fresh task starts with. */
export function opening(systemPrompt: string, prompt: string): Message[] {
  return [
    { role: 'system', content: systemPrompt },
    { role: 'user', content: prompt },
  ];
}

export function toToolMessage(observation: Observation): ToolMessage {
  return { role: 'tool', call: observation.call, outcome: observation.outcome, content: observation.content };
}

/** @returns the last reply; undefined before the first */
export function lastReply(messages: readonly Message[]): AssistantMessage | undefined {
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i];
    if (message?.role === 'assistant') return message;
  }
  return undefined;
}

/** The calls of the last reply that have no result yet. */
export function openCalls(messages: readonly Message[]): Call[] {
  const reply = lastReply(messages);
  if (!reply?.calls) return [];
  const answered = new Set<string>();
  for (let i = messages.length - 1; messages[i] !== reply; i--) {
    const message = messages[i];
    if (message?.role === 'tool') answered.add(message.call);
  }
  return reply.calls.filter((call) => !answered.has(call.id));
}

/**
 * The conversation with the results placed directly after the reply that requested them, in the model's order, whatever
 * order they arrived in: providers refuse a request in which a call has no result or a result has no call.
 */
export function settle(messages: readonly Message[], results: readonly ToolMessage[]): Message[] {
  const reply = lastReply(messages);
  if (!reply?.calls) return [...messages];
  const at = messages.lastIndexOf(reply);
  const before = messages.slice(0, at + 1);
  const after = messages.slice(at + 1);
  const known = new Map<string, ToolMessage>();
  for (const message of [...after, ...results]) if (message.role === 'tool') known.set(message.call, message);
  const settled = reply.calls.flatMap((call) => known.get(call.id) ?? []);
  return [...before, ...settled, ...after.filter((message) => message.role !== 'tool')];
}

/** Length in UTF-8 bytes; lone surrogates count as the three bytes of U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

const sizes = new WeakMap<Message, number>();

/** Bytes of one message as JSON. Messages are immutable, so the size is cached. */
export function sizeOf(message: Message): number {
  let size = sizes.get(message);
  if (size === undefined) {
    size = utf8Length(JSON.stringify(message));
    sizes.set(message, size);
  }
  return size;
}

/** Bytes of the whole conversation as JSON, brackets and commas included. */
export function totalSize(messages: readonly Message[]): number {
  let total = 2;
  for (const message of messages) total += sizeOf(message) + 1;
  return total;
}
