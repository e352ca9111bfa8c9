/** The identity of the command's worker at the Temporal server. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * The process and its host, for readers, and a random part: containers may have the same pid and name of their host, and
 * another one would fail this one's activities after a death of its own.
 */
export function workerIdentity(): string {
  return `rookery:${process.pid}@${hostname()}.${randomBytes(3).toString('hex')}`;
}
