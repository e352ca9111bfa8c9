/**
 * A chunk of the chat completions protocol as its description has it. Endpoints that imitate the protocol differ in small
 * things: numbers as texts, a list as null, arguments as an object. Fields that it does not know stay as they are.
 */

import { isRecord } from '../errors/provider-words.js';
import {
  argumentsText,
  type Frame,
  indexIn,
  joinedText,
  textOf,
  UnreadableField,
  withTokenCounts,
} from './frame-fields.js';

/** One for each stream, because calls go on over several chunks. @returns undefined for a chunk that says nothing. */
export function openaiNormaliser(): (chunk: Frame) => Frame | undefined {
  const placed = new CallPlaces();
  return (chunk) => {
    if (chunk.type === 'ping' || chunk.object === 'ping') return undefined;
    // Events of Google's and OpenAI's other protocols.
    if (!('choices' in chunk) && (typeof chunk.type === 'string' || 'candidates' in chunk)) return chunk;
    const { id, created, model, usage: _, ...others } = chunk;
    const choices = listIn(chunk.choices, 'choices').map((choice, i) => choiceOf(choice, `choices.${i}`, placed));
    const usage = usageOf(chunk.usage) ?? usageOf(choices.find((choice) => choice.usage)?.usage);
    const seconds = typeof created === 'string' ? Number(created) : created;
    return {
      ...others,
      ...present({
        id: textOf(id),
        created: Number.isFinite(seconds) ? seconds : undefined,
        model: textOf(model),
        usage,
      }),
      choices,
    };
  };
}

// --- internal ---

function choiceOf(value: unknown, at: string, placed: CallPlaces): Record<string, unknown> {
  if (!isRecord(value)) throw new UnreadableField(at, 'an object');
  const { index, finish_reason, delta: _, logprobs: __, ...others } = value;
  const finish = typeof finish_reason === 'string' && finish_reason !== '' ? finish_reason : null;
  const delta = value.delta ?? value.message;
  return {
    ...others,
    index: indexIn(index) ?? 0,
    finish_reason: finish,
    delta: delta === undefined || delta === null ? {} : deltaOf(delta, `${at}.delta`, placed),
  };
}

function deltaOf(value: unknown, at: string, placed: CallPlaces): Record<string, unknown> {
  if (!isRecord(value)) throw new UnreadableField(at, 'an object');
  const { role, content, tool_calls, reasoning, reasoning_content, refusal, annotations, ...others } = value;
  const calls = listIn(tool_calls, `${at}.tool_calls`);
  return {
    ...others,
    ...present({
      role: role === 'assistant' ? role : undefined,
      content: contentOf(content, `${at}.content`),
      reasoning: thoughtOf(reasoning),
      reasoning_content: thoughtOf(reasoning_content),
      refusal: typeof refusal === 'string' ? refusal : undefined,
      annotations: isCitations(annotations) ? annotations : undefined,
      tool_calls:
        calls.length === 0 ? undefined : calls.map((call, i) => callOf(call, `${at}.tool_calls.${i}`, placed)),
    }),
  };
}

/** Text, or parts of which some are no text: those belong to protocols that have them. */
function contentOf(value: unknown, at: string): unknown {
  if (value === undefined || value === null) return value;
  const parts = isRecord(value) ? [value] : value;
  const text = Array.isArray(parts) ? joinedText(parts) : textOf(parts);
  if (text !== undefined) return text;
  if (Array.isArray(parts) && parts.every((part) => isRecord(part) && typeof part.type === 'string')) return parts;
  throw new UnreadableField(at, 'text');
}

function thoughtOf(value: unknown): unknown {
  return Array.isArray(value) ? joinedText(value) : textOf(value);
}

function callOf(value: unknown, at: string, placed: CallPlaces): Record<string, unknown> {
  if (!isRecord(value)) throw new UnreadableField(at, 'an object');
  const { id: givenId, index, type: _, function: inner, ...others } = value;
  const described = isRecord(inner) ? inner : { name: value.name, arguments: value.arguments };
  const { name: givenName, arguments: args, ...more } = described;
  const name = textOf(givenName);
  if (name === undefined && givenName !== undefined && givenName !== null) {
    throw new UnreadableField(`${at}.function.name`, 'text');
  }
  return {
    ...others,
    ...placed.placeOf({ index: indexIn(index), id: textOf(givenId), name }),
    type: 'function',
    function: { ...more, ...present({ name, arguments: argumentsText(args) }) },
  };
}

interface CallMark {
  readonly index: number | undefined;
  readonly id: string | undefined;
  readonly name: string | undefined;
}

/**
 * Which call a piece belongs to. Some endpoints leave the index out, others give each of several calls the index 0: a
 * new id together with a name begins a new call. A call without an id gets one.
 */
class CallPlaces {
  readonly #ids: string[] = [];
  /** From the provider's index to the newest call that had it. */
  readonly #newest = new Map<number | undefined, number>();

  placeOf(mark: CallMark): { index: number; id?: string } {
    const known = this.#newest.get(mark.index);
    const place = known === undefined || this.#isNew(known, mark) ? this.#ids.length : known;
    this.#newest.set(mark.index, place);
    if (place < this.#ids.length) return { index: place, ...(mark.id !== undefined && { id: mark.id }) };
    const id = mark.id || `call_${place}`;
    this.#ids.push(id);
    return { index: place, id };
  }

  #isNew(known: number, { index, id, name }: CallMark): boolean {
    if (!name) return false;
    return id ? this.#ids[known] !== id : index === undefined;
  }
}

function usageOf(value: unknown): Record<string, unknown> | undefined {
  if (!isRecord(value)) return undefined;
  const { cost, ...counts } = withTokenCounts(value);
  const prompt = counts.prompt_tokens ?? counts.input_tokens;
  const completion = counts.completion_tokens ?? counts.output_tokens;
  if (typeof prompt !== 'number' && typeof completion !== 'number') return undefined;
  const both = { prompt_tokens: Number(prompt ?? 0), completion_tokens: Number(completion ?? 0) };
  const { prompt_tokens_details, completion_tokens_details, total_tokens } = counts;
  return {
    ...counts,
    ...both,
    total_tokens: total_tokens ?? both.prompt_tokens + both.completion_tokens,
    ...present({
      prompt_tokens_details: detailsOf(prompt_tokens_details, 'cached_tokens'),
      completion_tokens_details: detailsOf(completion_tokens_details, 'reasoning_tokens'),
      cost: amountOf(cost),
    }),
  };
}

/** Some packages require the one count that matters. */
const detailsOf = (details: unknown, count: string): unknown =>
  isRecord(details) ? { ...details, [count]: details[count] ?? 0 } : details;

function amountOf(value: unknown): number | undefined {
  const amount = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof amount === 'number' && Number.isFinite(amount) && amount >= 0 ? amount : undefined;
}

/** A list, or one thing that is meant as a list of it; null and the empty text are none. */
function listIn(value: unknown, at: string): readonly unknown[] {
  if (value === undefined || value === null || value === '') return [];
  if (Array.isArray(value)) return value;
  if (isRecord(value)) return Object.keys(value).length === 0 ? [] : [value];
  throw new UnreadableField(at, 'a list');
}

/** The only annotations that the protocol describes. */
const isCitations = (value: unknown): boolean =>
  Array.isArray(value) && value.every((entry) => isRecord(entry) && isRecord(entry.url_citation));

function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
