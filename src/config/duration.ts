/**
 * Durations, counts and amounts of money as people write them: `90`, `30s`, `10m`, `2h`, `500ms`; a bare number is seconds.
 * Pure.
 */
import { RookeryError } from '../domain/errors.js';

const UNITS: Readonly<Record<string, number>> = { ms: 1, '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @returns milliseconds. Throws `usage` unless the text is a positive duration. */
export function parseDuration(text: string, name: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
  const millis = match ? Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0)) : 0;
  if (millis > 0) return millis;
  throw new RookeryError('usage', `${name} takes a duration, not '${text}'`, { hint: 'Write 90, 30s, 10m or 2h' });
}

export function parseCount(text: string, name: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text.trim()) && Number.isSafeInteger(count) && count > 0) return count;
  throw new RookeryError('usage', `${name} takes a whole number above 0, not '${text}'`);
}

/** US dollars, with or without the sign. */
export function parseDollars(text: string, name: string): number {
  const amount = Number(text.trim().replace(/^\$/, ''));
  if (/^\s*\$?\d*\.?\d+\s*$/.test(text) && Number.isFinite(amount) && amount > 0) return amount;
  throw new RookeryError('usage', `${name} takes an amount of US dollars above 0, not '${text}'`, {
    hint: 'Write 2.50',
  });
}
