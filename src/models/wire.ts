/**
 * Our conversation as the AI SDK wants it, for models with native tools.
 * Providers refuse a request with a repeated call id, or with a call that has no result: neither leaves here.
 */
import type { FilePart, ModelMessage, TextPart, ToolResultPart } from 'ai';
import type { Call, Message, ToolMessage } from '../domain/conversation.js';
import { type Provider, providerRow } from '../domain/provider.js';
import type { CallOutcome } from '../domain/tool.js';

type UserMessage = Extract<Message, { role: 'user' }>;

/** All system messages as one text; undefined when there are none. */
export function instructionsOf(messages: readonly Message[]): string | undefined {
  const system = messages.flatMap((message) => (message.role === 'system' ? message.content : []));
  return system.length > 0 ? system.join('\n\n') : undefined;
}

export function toModelMessages(messages: readonly Message[], provider: Provider): ModelMessage[] {
  const ids = wireIds(messages, provider);
  const results = new Map<string, ToolMessage>();
  for (const message of messages) if (message.role === 'tool') results.set(message.call, message);
  return messages.flatMap((message): ModelMessage[] => {
    if (message.role === 'user') return [{ role: 'user', content: userParts(message) }];
    if (message.role !== 'assistant') return [];
    const calls = (message.calls ?? []).map((call) => {
      const id = { toolCallId: ids.get(call) ?? call.id, toolName: call.name };
      return { ...id, input: call.args, output: outputOf(results.get(call.id), provider) };
    });
    return replyParts(message.content, calls);
  });
}

/** Text and images of a user message; `parts`, where there are any, replace its content. */
export function userParts(message: UserMessage): (TextPart | FilePart)[] {
  if (!message.parts?.length) return [{ type: 'text', text: message.content }];
  return message.parts.map((part) => ('text' in part ? { type: 'text', text: part.text } : image(part.image_url.url)));
}

// --- internal ---

const WORDS: Readonly<Record<Exclude<CallOutcome, 'ok'>, string>> = Object.freeze({
  failed: 'Error',
  refused: 'Refused',
  unknown: 'Outcome unknown',
});

interface WireCall {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input: unknown;
  readonly output: ToolResultPart['output'];
}

/** A reply, and right behind it the results of its calls. */
function replyParts(text: string, calls: readonly WireCall[]): ModelMessage[] {
  if (calls.length === 0) return text === '' ? [] : [{ role: 'assistant', content: text }];
  const said: TextPart[] = text === '' ? [] : [{ type: 'text', text }];
  const requests = calls.map(({ output: _, ...call }) => ({ type: 'tool-call' as const, ...call }));
  const results = calls.map(({ input: _, ...call }) => ({ type: 'tool-result' as const, ...call }));
  return [
    { role: 'assistant', content: [...said, ...requests] },
    { role: 'tool', content: results },
  ];
}

/** Only Anthropic's protocol has a mark for errors; the others would get the same text wrapped in JSON. */
function outputOf(result: ToolMessage | undefined, provider: Provider): ToolResultPart['output'] {
  const { outcome, content } = result ?? { outcome: 'unknown', content: 'no result was recorded' };
  if (outcome === 'ok') return { type: 'text', value: content };
  return {
    type: providerRow(provider).adapter === 'anthropic' ? 'error-text' : 'text',
    value: `${WORDS[outcome]}: ${content}`,
  };
}

/** The provider's own id wherever it can stand; ours where it is empty, repeated or of a form that is refused. */
function wireIds(messages: readonly Message[], provider: Provider): Map<Call, string> {
  const allowed = providerRow(provider).adapter === 'anthropic' ? /^[\w-]+$/ : /./;
  const ids = new Map<Call, string>();
  const used = new Set<string>();
  for (const message of messages) {
    if (message.role !== 'assistant') continue;
    for (const call of message.calls ?? []) {
      const keep = allowed.test(call.wire_id) && !used.has(call.wire_id);
      const id = keep ? call.wire_id : `call_${call.id.replace(/[^\w]/g, '')}`;
      used.add(id);
      ids.set(call, id);
    }
  }
  return ids;
}

function image(url: string): TextPart | FilePart {
  const data = /^data:(image\/[\w.+-]+);base64,(.*)$/s.exec(url);
  if (data) return { type: 'file', mediaType: data[1] ?? 'image', data: data[2] ?? '' };
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return { type: 'file', mediaType: 'image', data: new URL(url) };
  return { type: 'text', text: `[Image: ${url.slice(0, 100)}]` };
}
