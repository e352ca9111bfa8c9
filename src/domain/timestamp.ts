/**
 * Time stamps as RavenClaws (chrono) writes them: UTC, RFC 3339, `+00:00`, with 0, 3 or 6 fraction digits. Internally a
 * time is a number of microseconds since 1970, which a double holds exactly.
 */

export type Micros = number;

export function microsOfMillis(millis: number): Micros {
  return Math.round(millis * 1000);
}

/** The shortest form that keeps the time exactly. */
export function timestampOf(micros: Micros): string {
  const seconds = Math.floor(micros / 1_000_000);
  const rest = micros - seconds * 1_000_000;
  const base = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (rest === 0) return `${base}+00:00`;
  const fraction = rest % 1000 === 0 ? String(rest / 1000).padStart(3, '0') : String(rest).padStart(6, '0');
  return `${base}.${fraction}+00:00`;
}

/** @returns microseconds of a stamp, finer digits cut; undefined when the text is not a valid time */
export function microsOfStamp(stamp: string): Micros | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(stamp);
  if (!match) return undefined;
  const millis = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(millis)) return undefined;
  return millis * 1000 + Number((match[2] ?? '').padEnd(6, '0').slice(0, 6));
}

/** A stamp later than the previous one, even when the clock is not. */
export function after(previous: Micros, now: Micros): Micros {
  return Math.max(now, previous + 1);
}
/** `millis` since 1970, for a sentence: `2026-11-27T10:00:00Z`. */
export function isoSeconds(millis: number): string {
  return new Date(millis).toISOString().replace(/\.\d+Z$/, 'Z');
}
