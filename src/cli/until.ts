/** When a wait ends without a person, as people say it: in local time, with the day. Pure. */
import { NO_EXPIRY } from '../domain/expiry.js';
import type { StatusObject } from '../manager/status-object.js';

/** As in "until Sat 09:12"; with the date where the day of the week could be another one. */
export function untilText(expires: number, now = Date.now()): string {
  if (expires === NO_EXPIRY) return 'no time limit';
  if (expires <= now) return 'its time is over';
  return `until ${dayAndTime(expires, now)}`;
}

/** Until when the calls of a task wait: the first that is over counts. Undefined for a task of which no call waits. */
export function waitsUntil({ detail }: Pick<StatusObject, 'detail'>): string | undefined {
  const calls = detail.waiting.filter(({ id }) => id !== null);
  if (calls.length === 0) return undefined;
  const times = calls.map(({ until }) => (until === null ? NO_EXPIRY : Date.parse(until)));
  return untilText(Math.min(...times));
}

/** Since when, and until when, the task waits. Undefined for a task of which neither is known. */
export function waitsText(status: Pick<StatusObject, 'detail'>): string | undefined {
  const begun = status.detail.waiting.flatMap(({ since }) => (since === null ? [] : [Date.parse(since)]));
  const tries = status.detail.waiting.flatMap(({ id, until }) =>
    id === null && until !== null ? [Date.parse(until)] : [],
  );
  const until = waitsUntil(status) ?? (tries.length > 0 ? untilText(Math.min(...tries)) : undefined);
  const since = begun.length > 0 ? `since ${dayAndTime(Math.min(...begun), Date.now())}` : undefined;
  return [since, until].filter((text) => text !== undefined).join(', ') || undefined;
}

// ---

/** `now`: with the date where the day of the week could be another one. */
function dayAndTime(time: number, now: number): string {
  const distance = Math.abs(time - now);
  const date = distance < SIX_DAYS_MS ? {} : ({ day: 'numeric', month: 'short' } as const);
  const far = distance < HALF_YEAR_MS ? {} : ({ year: 'numeric' } as const);
  const format = new Intl.DateTimeFormat('en-GB', { weekday: 'short', ...date, ...far, ...TIME });
  return format.format(time).replaceAll(',', '');
}

const TIME = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const DAY_MS = 24 * 3_600_000;
const SIX_DAYS_MS = 6 * DAY_MS;
const HALF_YEAR_MS = 183 * DAY_MS;
