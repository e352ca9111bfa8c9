/** A reply as it comes from the package of a provider, part by part, up to its end. */
import type { LanguageModelV4StreamPart, LanguageModelV4Usage } from '@ai-sdk/provider';
import { costOfReply } from '../../domain/cost.js';
import { NO_USAGE, type Usage } from '../../domain/task.js';
import { isRecord } from '../errors/provider-words.js';
import type { ModelRequest } from '../model.js';
import { tokenCount } from '../stream/frame-fields.js';
import { argumentsIn, CallArguments } from './call-arguments.js';
import { OriginCollector } from './origin.js';

type Part = LanguageModelV4StreamPart;
type FinishReason = Extract<Part, { type: 'finish' }>['finishReason']['unified'];

export interface ReceivedCall {
  readonly toolCallId: string;
  readonly toolName: string;
  /** undefined: not a JSON object. */
  readonly args: Readonly<Record<string, unknown>> | undefined;
}

export interface Received {
  readonly text: string;
  readonly calls: readonly ReceivedCall[];
  readonly origin: OriginCollector;
  readonly usage: Usage;
  readonly finish: FinishReason;
  /** The provider's own word for its finish. */
  readonly raw: string | undefined;
}

/** Throws what the stream throws, and when it ends before the reply has begun. */
export async function receive(
  stream: AsyncIterable<Part>,
  { onText }: Pick<ModelRequest, 'onText'>,
): Promise<Received> {
  const given = new CallArguments();
  const origin = new OriginCollector();
  const calls: Extract<Part, { type: 'tool-call' }>[] = [];
  let text = '';
  let end: Extract<Part, { type: 'finish' }> | undefined;
  for await (const part of stream) {
    if (part.type === 'error') throw part.error;
    origin.add(part);
    given.add(part);
    if (part.type === 'text-delta') {
      text += part.delta;
      if (part.delta !== '') onText?.(text);
    } else if (part.type === 'tool-call') calls.push(part);
    else if (part.type === 'finish') end = part;
  }
  if (!end && text === '' && calls.length === 0) throw new Error('the stream ended without a reply');
  return {
    text,
    calls: calls.map((call) => toCall(call, given)),
    origin,
    usage: end ? { ...toUsage(end.usage), ...costIn(end.providerMetadata) } : NO_USAGE,
    finish: end?.finishReason.unified ?? 'other',
    raw: end?.finishReason.raw,
  };
}

// --- internal ---

function toCall(call: Extract<Part, { type: 'tool-call' }>, given: CallArguments): ReceivedCall {
  const { toolCallId, toolName, input } = call;
  return { toolCallId, toolName, args: given.areBroken(call) ? undefined : argumentsIn(input) };
}

/** Counts that cannot be are left out here too: not every protocol is normalised in its stream. */
function toUsage({ inputTokens, outputTokens }: LanguageModelV4Usage): Usage {
  const input = tokenCount(inputTokens.total) ?? 0;
  const output = tokenCount(outputTokens.total) ?? 0;
  const cached = tokenCount(inputTokens.cacheRead);
  const written = tokenCount(inputTokens.cacheWrite);
  const reasoned = tokenCount(outputTokens.reasoning);
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
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
