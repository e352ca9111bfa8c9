/**
 * One request to one provider through the AI SDK: always streamed, always exactly one HTTP request, never retried.
 * Independent of the conversation; returns the model's reply.
 */
import { type FinishReason, jsonSchema, type LanguageModel, type ModelMessage, streamText, type ToolSet } from 'ai';
import { costOfReply } from '../domain/cost.js';
import { RookeryError } from '../domain/errors.js';
import { NO_USAGE, type Usage } from '../domain/task.js';
import type { ToolSpec } from '../domain/tool.js';
import { normaliseParameters } from '../domain/tool-schemas/normalise.js';
import type { ProviderConnection } from './connection.js';
import { badReply, type Peer, unreadableReply, unsendable } from './errors/failures.js';
import { isRecord } from './errors/provider-words.js';
import { type Fetch, oneRequest } from './exchange.js';
import { languageModel } from './language-model.js';
import type { ModelRequest, Reply, RequestedCall } from './model.js';
import { CallArguments, wantsRawChunks } from './reply/call-arguments.js';
import { OriginCollector } from './reply/origin.js';
import type { BodyRules } from './request/body-rules.js';
import { type RequestOptions, toolMark, withCacheMarks } from './request/request-options.js';
import { tokenCount } from './stream/frame-fields.js';

export interface Talk {
  readonly instructions: string | undefined;
  readonly messages: ModelMessage[];
  readonly tools: readonly ToolSpec[];
}

export interface RequestMessage {
  readonly connection: ProviderConnection;
  readonly peer: Peer;
  readonly fetch: Fetch;
}

/** What the request asks for beside its talk. */
export interface Manner extends BodyRules {
  readonly maxOutputTokens: number;
  readonly options: RequestOptions;
}

export type Spoken = Omit<Reply, 'provider' | 'model'>;

/** Throws a `RookeryError` with a provider code, or the reason of the signal. */
export async function converse(
  line: RequestMessage,
  talk: Talk,
  { manner, question }: { readonly manner: Manner; readonly question: Pick<ModelRequest, 'signal' | 'onText'> },
): Promise<Spoken> {
  const { signal } = question;
  signal.throwIfAborted();
  const exchange = oneRequest(line.connection, line.peer, line.fetch);
  try {
    const model = await languageModel(line.connection, exchange.fetch, manner);
    const received = await receive(streamOf(line.connection, model, { talk, manner, signal }), question);
    return understood(received, line);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw rookeryErrorIn(error) ?? (exchange.sent() ? unreadableReply : unsendable)(line.peer, error);
  }
}

// --- internal ---

// Warnings would go to stderr and may quote the request.
globalThis.AI_SDK_LOG_WARNINGS = false;

interface Received {
  text: string;
  readonly calls: { toolCallId: string; toolName: string; input: unknown }[];
  readonly given: CallArguments;
  readonly origin: OriginCollector;
  usage: Usage;
  finish: FinishReason | 'interrupted';
  /** The provider's own word for its finish. */
  raw: string | undefined;
}

interface Sent {
  readonly talk: Talk;
  readonly manner: Manner;
  readonly signal: AbortSignal;
}

type Stream = ReturnType<typeof streamOf>;

function streamOf(connection: ProviderConnection, model: LanguageModel, { talk, manner, signal }: Sent) {
  const { instructions, messages } = withCacheMarks(connection, talk.instructions, talk.messages);
  return streamText({
    model,
    messages,
    maxRetries: 0,
    maxOutputTokens: manner.maxOutputTokens,
    abortSignal: signal,
    onError: () => undefined,
    ...(wantsRawChunks(connection) ? { include: { rawChunks: true } } : {}),
    ...manner.options,
    ...(instructions ? { instructions } : {}),
    ...(talk.tools.length === 0 ? {} : { tools: toolSet(talk.tools, connection) }),
  }).stream;
}

async function receive(stream: Stream, question: Pick<ModelRequest, 'signal' | 'onText'>): Promise<Received> {
  const received: Received = {
    text: '',
    calls: [],
    given: new CallArguments(),
    origin: new OriginCollector(),
    usage: NO_USAGE,
    finish: 'interrupted',
    raw: undefined,
  };
  for await (const part of stream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'abort') question.signal.throwIfAborted();
    received.origin.add(part);
    received.given.add(part);
    if (part.type === 'text-delta') {
      received.text += part.text;
      question.onText?.(received.text);
    } else if (part.type === 'tool-call') received.calls.push(part);
    else if (part.type === 'finish-step') {
      received.finish = part.finishReason;
      received.raw = part.rawFinishReason;
      received.usage = { ...toUsage(part.usage), ...costIn(part.providerMetadata) };
    }
  }
  return received;
}

function understood(received: Received, { peer, connection }: RequestMessage): Spoken {
  const { text, usage } = received;
  const finish = finishOf(received);
  if (finish === 'interrupted') throw badReply(peer, 'a reply that broke off');
  if (finish === 'error') throw badReply(peer, 'a reply that ended in an error', { usage, empty: false });
  const calls = received.calls.map((call) => toCall(call, received.given.areBroken(call), finish === 'length'));
  const silent = text.trim() === '' && calls.length === 0;
  // Reasoning that was cut is not an empty reply: the limit of output tokens is what a person must know.
  if (silent && !EXPLAINED.has(finish)) throw badReply(peer, `an empty reply (${finish})`, { usage, empty: true });
  const origin = received.origin.toOrigin(connection.provider, connection.model);
  return {
    content: text,
    calls,
    usage,
    finish: calls.length > 0 && finish === 'stop' ? 'tool-calls' : finish,
    ...(origin ? { origin } : {}),
  };
}

/** Finishes that say by themselves why there is no text. */
const EXPLAINED: ReadonlySet<string> = new Set(['length', 'content-filter', 'refusal', 'pause', 'overflow']);

/** Words of the providers that the SDK puts under another finish. */
const RAW: Readonly<Record<string, Spoken['finish']>> = Object.freeze({
  pause_turn: 'pause',
  model_context_window_exceeded: 'overflow',
  refusal: 'refusal',
  max_tokens: 'length',
});

function finishOf({ finish, raw, calls }: Received): Spoken['finish'] | 'interrupted' | 'error' {
  const own = raw === undefined ? undefined : RAW[raw.toLowerCase()];
  if (own !== undefined) return own;
  if (finish === 'interrupted' || finish === 'error') return finish;
  if (finish === 'other' && calls.length > 0) return 'tool-calls';
  return finish;
}

function toCall(call: Received['calls'][number], broken: boolean, cut: boolean): RequestedCall {
  const base = { wire_id: call.toolCallId, name: call.toolName };
  if (isRecord(call.input) && !broken) return { ...base, args: call.input };
  const why = cut ? '; the reply was cut at the limit of output tokens' : '';
  return { ...base, args: {}, problem: `the arguments are not a JSON object${why}` };
}

interface SdkUsage {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly totalTokens?: number | undefined;
  readonly inputTokenDetails?: {
    readonly cacheReadTokens?: number | undefined;
    readonly cacheWriteTokens?: number | undefined;
  };
  readonly outputTokenDetails?: { readonly reasoningTokens?: number | undefined };
}

/** Counts that cannot be are left out here too: not every protocol is normalised in its stream. */
function toUsage({ inputTokens, outputTokens, totalTokens, ...details }: SdkUsage): Usage {
  const input = tokenCount(inputTokens) ?? 0;
  const output = tokenCount(outputTokens) ?? 0;
  const cached = tokenCount(details.inputTokenDetails?.cacheReadTokens);
  const written = tokenCount(details.inputTokenDetails?.cacheWriteTokens);
  const reasoned = tokenCount(details.outputTokenDetails?.reasoningTokens);
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: tokenCount(totalTokens) ?? input + output,
    ...(cached ? { cached_input_tokens: cached } : {}),
    ...(written ? { cache_write_tokens: written } : {}),
    ...(reasoned ? { reasoning_tokens: reasoned } : {}),
  };
}

/** OpenRouter says what a reply cost, in US dollars. */
function costIn(metadata: unknown): Pick<Usage, 'cost'> {
  const openrouter = isRecord(metadata) && isRecord(metadata.openrouter) ? metadata.openrouter : undefined;
  const usd = isRecord(openrouter?.usage) ? openrouter.usage.cost : undefined;
  if (typeof usd !== 'number' || !Number.isFinite(usd) || usd < 0) return {};
  return { cost: costOfReply({ usd, source: 'provider' }) };
}

function toolSet(tools: readonly ToolSpec[], connection: ProviderConnection): ToolSet {
  const mark = toolMark(connection);
  return Object.fromEntries(
    tools.map(({ name, description, parameters }, at) => [
      name,
      {
        description,
        inputSchema: jsonSchema(normaliseParameters(parameters).schema),
        ...(mark && at === tools.length - 1 ? { providerOptions: mark } : {}),
      },
    ]),
  );
}

/** The SDK wraps what our own fetch throws. */
function rookeryErrorIn(error: unknown): RookeryError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof RookeryError) return at;
  }
  return undefined;
}
