/** Reads single fields of a provider's frames: what they mean is kept, an odd type of them is corrected. Pure. */
import { isRecord } from '../errors/provider-words.js';

export type Frame = Readonly<Record<string, unknown>>;

/** A field without which the reply cannot be understood. */
export class UnreadableField extends Error {
  constructor(field: string, expected: string) {
    super(`a reply whose ${field} is not ${expected}`);
  }
}

/** More tokens than any model takes or gives. */
const MOST_TOKENS = 100_000_000;

/** A number of tokens; undefined for what cannot be one: negative, fractional, absurd or not a number. */
export function tokenCount(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) return undefined;
  return number >= 0 && number <= MOST_TOKENS ? number : undefined;
}

/** Usage with its counts as numbers, at every depth; a count that cannot be one is left out, never summed. */
export function withTokenCounts(usage: Frame): Record<string, unknown> {
  const entries = Object.entries(usage).flatMap(([key, value]): [string, unknown][] => {
    if (value === null) return [[key, value]];
    if (/_tokens$/.test(key)) {
      const count = tokenCount(value);
      return count === undefined ? [] : [[key, count]];
    }
    if (isRecord(value)) return [[key, withTokenCounts(value)]];
    return /_details$|^service_tier$/.test(key) && typeof value !== 'string' ? [] : [[key, value]];
  });
  return Object.fromEntries(entries);
}

/** A place in a list; undefined when there is none. */
export function indexIn(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined;
}

/** A name or id as text. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}

/** `[{type: 'text', text}]` as one text; undefined when it holds other things too. */
export function joinedText(parts: readonly unknown[]): string | undefined {
  const texts = parts.map((part) => (isRecord(part) && (part.type ?? 'text') === 'text' ? part.text : part));
  return texts.every((text) => typeof text === 'string') ? texts.join('') : undefined;
}

/** The arguments of a call as the text that they are in a stream. */
export function argumentsText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
