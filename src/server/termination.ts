/** Ends a server's process: SIGTERM, a wait, SIGKILL. A stopped process reacts to SIGKILL only. */

import { setTimeout as pause } from 'node:timers/promises';
import { ignoring } from '../files/errors.js';
import { isAlive, type ProcessIdentity } from '../files/process-identity.js';

const GRACE_MS = 10_000;
const POLL_INTERVAL_MS = 25;

export async function terminate(server: ProcessIdentity, graceMs = GRACE_MS): Promise<void> {
  send(server, 'SIGTERM');
  if (await hasExited(server, graceMs)) return;
  send(server, 'SIGKILL');
  await hasExited(server, GRACE_MS);
}

function send(server: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    if (isAlive(server)) process.kill(server.pid, signal);
  } catch (error) {
    ignoring('ESRCH')(error);
  }
}

async function hasExited(server: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  for (const deadline = Date.now() + timeoutMs; isAlive(server); await pause(POLL_INTERVAL_MS)) {
    if (Date.now() > deadline) return false;
  }
  return true;
}
