/**
 * Our conversation as the packages of the AI SDK take it, for models with native tools, and valid for every provider: each call with one
 * result under one id, no empty user turn, no two user turns in a row, well-formed text. A later request begins with the
 * earlier one, so that providers find it in their prompt cache. The record keeps what was said.
 */
import type {
  LanguageModelV4FilePart as FilePart,
  LanguageModelV4Message,
  LanguageModelV4TextPart as TextPart,
  LanguageModelV4ToolResultPart as ToolResultPart,
} from '@ai-sdk/provider';
import type { AssistantMessage, Message, OriginPart, ToolMessage } from '../../domain/conversation.js';
import type { CallOutcome } from '../../domain/tool.js';
import { wellFormed } from '../../domain/wire.js';
import type { ModelIdentity } from '../connection.js';
import { wireIds, wireName } from './wire-ids.js';

/** A message of the conversation as the packages of the providers take it. */
export type PromptMessage = Exclude<LanguageModelV4Message, { role: 'system' }>;

export type PromptPart = TextPart | FilePart;

export type UserMessage = Extract<Message, { role: 'user' }>;

export interface WireTarget {
  readonly connection: Pick<ModelIdentity, 'provider' | 'model' | 'adapter'>;
  /** A user turn may not follow a tool result: its text joins the result. */
  readonly strictRoles: boolean;
}

/** All system messages as one text; undefined when there are none. */
export function instructionsOf(messages: readonly Message[]): string | undefined {
  const system = messages.flatMap((message) => (message.role === 'system' ? message.content : []));
  return system.length > 0 ? wellFormed(system.join('\n\n')) : undefined;
}

export function toModelMessages(messages: readonly Message[], target: WireTarget): PromptMessage[] {
  const ids = wireIds(messages, target.connection);
  const results = new Map<string, ToolMessage>();
  for (const message of messages) if (message.role === 'tool') results.set(message.call, message);
  const wire: PromptMessage[] = [];
  for (const message of messages) {
    if (message.role === 'user') addUser(wire, userParts(message), target.strictRoles);
    else if (message.role === 'assistant') wire.push(...replyMessages(message, { ids, results, target }));
  }
  return wire;
}

/** Text and images of a user message; `parts`, where there are any, replace its content. Never empty. */
export function userParts(message: UserMessage): PromptPart[] {
  const parts = message.parts?.length
    ? message.parts.map((part) => ('text' in part ? text(part.text) : image(part.image_url.url)))
    : [text(message.content)];
  const said = parts.filter((part) => part.type !== 'text' || part.text.trim() !== '');
  return said.length > 0 ? said : [text('(empty message)')];
}

/** Whether a reply carries what only this provider and model can have given. */
export function isOwnOrigin(message: AssistantMessage, { provider, model }: WireTarget['connection']): boolean {
  const { origin } = message;
  return origin !== undefined && origin.provider === provider && origin.model === model && origin.parts.length > 0;
}

// --- internal ---

interface Context {
  readonly ids: ReadonlyMap<string, string>;
  readonly results: ReadonlyMap<string, ToolMessage>;
  readonly target: WireTarget;
}

type ReplyPart = Extract<PromptMessage, { role: 'assistant' }>['content'][number];

/** The provider options of a part, which the SDK passes back as they came. */
type Options = NonNullable<TextPart['providerOptions']>;

const WORDS: Readonly<Record<Exclude<CallOutcome, 'ok'>, string>> = Object.freeze({
  failed: 'Error',
  refused: 'Refused',
  unknown: 'Outcome unknown',
});

/** Two user turns in a row become one: templates of local models refuse them. */
function addUser(wire: PromptMessage[], parts: PromptPart[], strictRoles: boolean): void {
  const last = wire.at(-1);
  if (last?.role === 'user') {
    wire[wire.length - 1] = { role: 'user', content: [...last.content, ...parts] };
  } else if (strictRoles && last?.role === 'tool') {
    wire[wire.length - 1] = { role: 'tool', content: joined(last.content, parts) };
  } else wire.push({ role: 'user', content: parts });
}

function joined(
  content: Extract<PromptMessage, { role: 'tool' }>['content'],
  parts: readonly PromptPart[],
): Extract<PromptMessage, { role: 'tool' }>['content'] {
  const said = parts.map((part) => (part.type === 'text' ? part.text : '[an image]')).join('\n');
  return content.map((part, at) => {
    if (at !== content.length - 1 || part.type !== 'tool-result' || !('value' in part.output)) return part;
    const value = `${String(part.output.value)}\n\n[Message of the user] ${said}`;
    return { ...part, output: { type: 'text', value } };
  });
}

/** A reply, and directly after it the results of its calls. A reply that says nothing is left out. */
function replyMessages(message: AssistantMessage, context: Context): PromptMessage[] {
  const parts = replyParts(message, context);
  const calls = message.calls ?? [];
  if (calls.length === 0)
    return parts.some(({ type }) => type === 'text') ? [{ role: 'assistant', content: parts }] : [];
  const { results, ids, target } = context;
  const content = calls.map((call) => ({
    type: 'tool-result' as const,
    toolCallId: ids.get(call.id) ?? call.id,
    toolName: wireName(call.name),
    output: outputOf(results.get(call.id), target.connection),
  }));
  return [
    { role: 'assistant', content: parts },
    { role: 'tool', content },
  ];
}

/** In the order in which the provider gave the parts, with what it wants back; in a plain order where it is not its own. */
function replyParts(message: AssistantMessage, context: Context): ReplyPart[] {
  const { content, calls = [] } = message;
  const own = isOwnOrigin(message, context.target.connection) ? (message.origin?.parts ?? []) : [];
  const order = fits(own, content, calls.length) ? own : [...reasoningOf(own), ...plainOrder(content, calls.length)];
  let at = 0;
  let n = 0;
  return order.flatMap((part): ReplyPart[] => {
    const options = part.options === undefined ? {} : { providerOptions: part.options as Options };
    if (part.kind === 'reasoning') return [{ type: 'reasoning', text: wellFormed(part.text), ...options }];
    if (part.kind === 'text') {
      const said = content.slice(at, at + part.length);
      at += part.length;
      return said.trim() === '' ? [] : [{ ...text(said), ...options }];
    }
    const call = calls[n++];
    if (!call) return [];
    const id = { toolCallId: context.ids.get(call.id) ?? call.id, toolName: wireName(call.name) };
    return [{ type: 'tool-call', ...id, input: wellFormedJson(call.args), ...options }];
  });
}

/** The text may have been redacted or cut, and calls left out, since the provider gave the parts. */
function fits(parts: readonly OriginPart[], content: string, calls: number): boolean {
  const length = parts.reduce((sum, part) => sum + (part.kind === 'text' ? part.length : 0), 0);
  return length === content.length && parts.filter(({ kind }) => kind === 'call').length === calls;
}

const reasoningOf = (parts: readonly OriginPart[]): OriginPart[] => parts.filter(({ kind }) => kind === 'reasoning');

function plainOrder(content: string, calls: number): OriginPart[] {
  return [
    { kind: 'text', length: content.length },
    ...Array.from({ length: calls }, () => ({ kind: 'call' as const })),
  ];
}

/** Only Anthropic's protocol has a mark for errors; the others would get the same text wrapped in JSON. */
function outputOf(result: ToolMessage | undefined, { adapter }: WireTarget['connection']): ToolResultPart['output'] {
  const { outcome, content } = result ?? { outcome: 'unknown', content: 'no result was recorded' };
  const value = wellFormed(content);
  if (outcome === 'ok') return { type: 'text', value };
  return { type: adapter === 'anthropic' ? 'error-text' : 'text', value: `${WORDS[outcome]}: ${value}` };
}

function text(value: string): TextPart {
  return { type: 'text', text: wellFormed(value) };
}

/** JSON without lone surrogates, which providers refuse as invalid. */
function wellFormedJson(value: unknown): unknown {
  const json = JSON.stringify(value) ?? '{}';
  if (!/\\ud[89a-f]/i.test(json)) return value;
  return mapStrings(value);
}

function mapStrings(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (Array.isArray(value)) return value.map(mapStrings);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [wellFormed(key), mapStrings(inner)]));
}

/** The image types that every provider with vision takes. */
const IMAGE = /^data:(image\/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/]+=*)$/;

function image(url: string): PromptPart {
  const data = IMAGE.exec(url);
  if (data) return { type: 'file', mediaType: data[1] ?? 'image/png', data: { type: 'data', data: data[2] ?? '' } };
  if (/^https?:\/\//.test(url) && URL.canParse(url)) {
    return { type: 'file', mediaType: 'image', data: { type: 'url', url: new URL(url) } };
  }
  return text(`[Image: ${url.slice(0, 100)}]`);
}
