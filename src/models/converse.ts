/**
 * One request to one model through the interface of the AI SDK: always streamed, never retried, to a provider always
 * exactly one HTTP request. Independent of the conversation; returns the model's reply. The package is asked directly: `ai` itself would
 * take twice as long, for what is not used here.
 */
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import { unlessAborted } from '../domain/abort.js';
import { RookeryError } from '../domain/errors.js';
import type { ToolSpec } from '../domain/tool.js';
import { normaliseParameters } from '../domain/tool-schemas/normalise.js';
import type { ModelIdentity, ProviderConnection } from './connection.js';
import { badReply, type Peer, unreadableReply, unsendable } from './errors/failures.js';
import { ownModelFailure } from './errors/own-model-failure.js';
import { oneRequest, type Send } from './exchange.js';
import { type BorrowedModel, borrowModel } from './language-model.js';
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

/** Where the request goes: to a provider, through its package, or to a model object that the user gave. */
export type RequestMessage = ProviderLine | OwnLine;

export interface ProviderLine {
  readonly kind: 'provider';
  readonly connection: ProviderConnection;
  readonly peer: Peer;
  readonly fetch: Send;
}

export interface OwnLine {
  readonly kind: 'own';
  readonly connection: ModelIdentity;
  readonly peer: Peer;
  readonly model: LanguageModelV4;
}

/** What the request asks for beside its talk. */
export interface Manner extends BodyRules {
  readonly maxOutputTokens: number;
  readonly options: RequestOptions;
  /** The provider's own mode for a structured answer. */
  readonly format?: LanguageModelV4CallOptions['responseFormat'];
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
  const request = line.kind === 'own' ? ownRequest(line) : providerRequest(line);
  try {
    const { model, giveBack } = await request.borrow(manner);
    const options = await callOptions(line.connection, model, { talk, manner, signal });
    const reply = async (): Promise<Received> => receive((await model.doStream(options)).stream, question);
    // The object of a user may not heed the signal.
    const received = await unlessAborted(reply(), signal);
    giveBack();
    return understood(received, line);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw rookeryErrorIn(error) ?? request.failure(error);
  }
}

// --- internal ---

// Packages write warnings to stderr, which may quote the request.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

interface OpenRequest {
  readonly borrow: (rules: BodyRules) => Promise<BorrowedModel>;
  /** What an error that is none of ours means. */
  readonly failure: (error: unknown) => RookeryError;
}

function providerRequest({ connection, peer, fetch }: ProviderLine): OpenRequest {
  const exchange = oneRequest(connection, peer, fetch);
  return {
    borrow: (rules) => borrowModel(connection, exchange.fetch, rules),
    failure: (error) => (exchange.sent() ? unreadableReply : unsendable)(peer, error),
  };
}

function ownRequest({ model, peer }: OwnLine): OpenRequest {
  return {
    borrow: async () => ({ model, giveBack: () => undefined }),
    failure: (error) => ownModelFailure(peer, error),
  };
}

interface Sent {
  readonly talk: Talk;
  readonly manner: Manner;
  readonly signal: AbortSignal;
}

async function callOptions(
  connection: ModelIdentity,
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
    ...(manner.format ? { responseFormat: manner.format } : {}),
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

function toolsOf(tools: readonly ToolSpec[], connection: ModelIdentity): LanguageModelV4FunctionTool[] {
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
