/**
 * The mark of this process in the names of temporary things, from which a later process knows whether their maker still
 * lives: pid, start time and the set of processes that it belongs to, in letters that any file name may hold.
 */
import { createHash } from 'node:crypto';
import { ownIdentity, pidNamespace, processIdentity } from './process-identity.js';

/** As text of a regular expression. */
export const MARK = '\\d{1,10}-[0-9a-f]{12}-[0-9a-f]{8}';

export function processMark(): string {
  const { pid, started } = ownIdentity();
  return `${pid}-${hashOf(started, 12)}-${hashOf(pidNamespace(), 8)}`;
}

/**
 * Whether the process of a mark has ended. A process of another container or of an earlier boot cannot be looked at: it
 * counts as ended when what it made was untouched for a day.
 */
export function makerHasEnded(mark: string, touchedMs: number): boolean {
  const [pid, started, namespace] = mark.split('-');
  if (namespace !== hashOf(pidNamespace(), 8)) return Date.now() - touchedMs > DAY_MS;
  const now = processIdentity(Number(pid));
  return now === undefined || hashOf(now.started, 12) !== started;
}

// ---

const DAY_MS = 24 * 60 * 60 * 1000;

function hashOf(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
