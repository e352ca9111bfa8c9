/**
 * How long a provider asks to wait: in its headers, in fields of the error, or in its words. A wait of nothing, or one
 * that is over, counts as none: the caller's own delay is then the floor.
 */
import { isRecord } from './provider-words.js';

const DAY = 24 * 3_600_000;
/** A limit per month ends at the latest with the next one. */
const LONGEST_BLOCK = 32 * DAY;

/** Milliseconds, from the headers alone. */
export function waitInHeaders(headers: Headers): number | undefined {
  const exact = numberIn(headers.get('retry-after-ms'));
  if (exact !== undefined) return clamped(exact);
  const text = headers.get('retry-after')?.trim() ?? '';
  const seconds = numberIn(text);
  if (seconds !== undefined) return clamped(seconds * 1000);
  return clamped(Date.parse(text) - Date.now());
}

/** The windows that are used up say when they open again; the last of them counts. */
export function resetInHeaders(headers: Headers): number | undefined {
  const waits = [...headers].flatMap(([name, value]) => {
    const kind = /^(x-ratelimit-|anthropic-ratelimit-)(.*?)-?reset-?(.*)$/.exec(name);
    if (!kind) return [];
    const [, vendor = '', before = '', after = ''] = kind;
    const left = [`${vendor}remaining-${after}`, `${vendor}${before}-remaining`, `${vendor}remaining`];
    const remaining = left.map((other) => numberIn(headers.get(other))).find((count) => count !== undefined);
    return remaining !== undefined && remaining > 0 ? [] : (untilReset(value) ?? []);
  });
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** "try again in 2m59.56s", "retry after 6 seconds". */
export function waitInWords(text: string): number | undefined {
  const said = /\b(?:try again|retry|wait|retrying)(?: after| in| for)? ((?:\d+(?:\.\d+)? ?[a-z]+ ?)+)/i.exec(text);
  return said?.[1] === undefined ? undefined : clamped(lengthOf(said[1]));
}

/** "You will regain access on 2026-12-01 at 00:00 UTC." */
export function blockedUntil(text: string): number | undefined {
  const said =
    /(?:regain access|access (?:will be )?restored|resets?) (?:on|at) (\d{4}-\d\d-\d\d)(?:(?: at |T| )(\d\d:\d\d))?/i;
  const [, day, time = '00:00'] = said.exec(text) ?? [];
  const left = Date.parse(`${day}T${time}Z`) - Date.now();
  return left > 0 ? Math.min(left, LONGEST_BLOCK) : undefined;
}

/** Google's `RetryInfo` among the details of an error: `retryDelay: "34s"`. */
export function waitInDetails(details: unknown): number | undefined {
  const entries = Array.isArray(details) ? details.filter(isRecord) : [];
  const delay = entries.map(({ retryDelay }) => retryDelay).find((value) => typeof value === 'string');
  return delay === undefined ? undefined : clamped(lengthOf(delay));
}

// --- internal ---

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(ms|milli)/i, 1],
  [/^d/i, DAY],
  [/^h/i, 3_600_000],
  [/^m/i, 60_000],
  [/^s/i, 1_000],
];

/** `1h2m3.5s`, `6 seconds`, `500ms`; NaN when there is no such length in it. */
function lengthOf(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?) ?([a-z]+)/gi)].map(([, count, word = '']) => {
    const unit = UNITS.find(([name]) => name.test(word))?.[1];
    return unit === undefined ? undefined : Number(count) * unit;
  });
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? Number.NaN : known.reduce((sum, part) => sum + part, 0);
}

/** A length, a date, a time since 1970 in seconds or milliseconds, or seconds from now. */
function untilReset(value: string): number | undefined {
  const count = numberIn(value);
  if (count === undefined) {
    const length = lengthOf(value);
    return clamped(/^\d{4}-/.test(value) || Number.isNaN(length) ? Date.parse(value) - Date.now() : length);
  }
  if (count > 1e11) return clamped(count - Date.now());
  return clamped(count > 1e9 ? count * 1000 - Date.now() : count * 1000);
}

function numberIn(text: string | null): number | undefined {
  return text !== null && /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
}

/** Absurd ones count as a day. */
function clamped(ms: number): number | undefined {
  return ms > 0 ? Math.min(DAY, Math.ceil(ms)) : undefined;
}
