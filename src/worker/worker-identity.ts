/** The identity of the command's worker at the Temporal server, and what it says of a worker that has ended. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { processIdentity } from '../files/process-identity.js';

/**
 * The process and its host, for readers, and a random part: containers may have the same pid and name of their host, and
 * another one would fail this one's activities after a death of its own.
 */
export function workerIdentity(): string {
  return `rookery:${process.pid}@${hostname()}.${randomBytes(3).toString('hex')}`;
}

/**
 * True for a worker of a machine with this name whose process is not here: the server lists it for another minute after
 * its end. One in another container of the same host name counts too, so this may only decide to start one worker more.
 */
export function hasEndedHere(identity: string): boolean {
  const [, pid, host] = /^rookery:(\d+)@(.*)\.[0-9a-f]{6}$/.exec(identity) ?? [];
  return host === hostname() && processIdentity(Number(pid)) === undefined;
}
