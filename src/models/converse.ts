/**
 * One request to one provider through its package of the AI SDK: always streamed, always exactly one HTTP request, never
 * retried. Independent of the conversation; returns the model's reply. The package is asked directly: `ai` itself would
 * take twice as long, for what is not used here.
 */
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import { RookeryError } from '../domain/errors.js';
import type { ToolSpec } from '../domain/tool.js';
import { normaliseParameters } from '../domain/tool-schemas/normalise.js';
import type { ProviderConnection } from './connection.js';
import { badReply, type Peer, unreadableReply, unsendable } from './errors/failures.js';
import { oneRequest, type Send } from './exchange.js';
import { borrowModel } from './language-model.js';
import type { ModelRequest, Reply, RequestedCall } from './model.js';
import { wantsRawChunks } from './reply/call-arguments.js';
import { type Received, type ReceivedCall, receive } from './reply/received.js';
import type { BodyRules } from './request/body-rules.js';
import { withFiles } from './request/files.js';
import { promptWithMarks, type RequestOptions, toolMark } from './request/request-options.js';
import type { PromptMessage } from './request/wire.js';

export interface Talk {
  readonly instructions: string | undefined;
  readonly messages: readonly PromptMessage[];
  readonly tools: readonly ToolSpec[];
}

export interface RequestMessage {
  readonly connection: ProviderConnection;
  readonly peer: Peer;
  readonly fetch: Send;
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
    const { model, giveBack } = await borrowModel(line.connection, exchange.fetch, manner);
    const { stream } = await model.doStream(await callOptions(line.connection, model, { talk, manner, signal }));
    const received = await receive(stream, question);
    giveBack();
    return understood(received, line);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw rookeryErrorIn(error) ?? (exchange.sent() ? unreadableReply : unsendable)(line.peer, error);
  }
}

// --- internal ---

// Packages write warnings to stderr, which may quote the request.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

interface Sent {
  readonly talk: Talk;
  readonly manner: Manner;
  readonly signal: AbortSignal;
}

async function callOptions(
  connection: ProviderConnection,
  model: LanguageModelV4,
  { talk, manner, signal }: Sent,
): Promise<LanguageModelV4CallOptions> {
  const prompt = promptWithMarks(connection, talk.instructions, talk.messages);
  return {
    prompt: await withFiles(model, prompt, signal),
    maxOutputTokens: manner.maxOutputTokens,
    abortSignal: signal,
    toolChoice: { type: 'auto' },
    ...(wantsRawChunks(connection) ? { includeRawChunks: true } : {}),
    ...manner.options,
    ...(talk.tools.length === 0 ? {} : { tools: toolsOf(talk.tools, connection) }),
  };
}

function understood(received: Received, { peer, connection }: RequestMessage): Spoken {
  const { text, usage } = received;
  const finish = finishOf(received);
  if (finish === 'interrupted') throw badReply(peer, 'a reply that broke off');
  if (finish === 'error') throw badReply(peer, 'a reply that ended in an error', { usage, empty: false });
  const calls = received.calls.map((call) => toCall(call, finish === 'length'));
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

function toCall({ toolCallId, toolName, args }: ReceivedCall, cut: boolean): RequestedCall {
  const base = { wire_id: toolCallId, name: toolName };
  if (args) return { ...base, args };
  const why = cut ? '; the reply was cut at the limit of output tokens' : '';
  return { ...base, args: {}, problem: `the arguments are not a JSON object${why}` };
}

function toolsOf(tools: readonly ToolSpec[], connection: ProviderConnection): LanguageModelV4FunctionTool[] {
  const mark = toolMark(connection);
  return tools.map(({ name, description, parameters }, at) => ({
    type: 'function',
    name,
    inputSchema: normaliseParameters(parameters).schema,
    description,
    ...(mark && at === tools.length - 1 ? { providerOptions: mark } : {}),
  }));
}

/** The SDK wraps what our own fetch throws. */
function rookeryErrorIn(error: unknown): RookeryError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof RookeryError) return at;
  }
  return undefined;
}
