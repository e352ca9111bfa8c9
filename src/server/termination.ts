/** Ends a server's process: SIGTERM, a wait, SIGKILL. A stopped process reacts to SIGKILL only. */

import { setTimeout as pause } from 'node:timers/promises';
import { ignoring } from '../files/errors.js';
import { isAlive, type ProcessIdentity } from '../files/process-identity.js';

const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 25;

export async function terminate(server: ProcessIdentity, patienceMs = PATIENCE_MS): Promise<void> {
  send(server, 'SIGTERM');
  if (await gone(server, patienceMs)) return;
  send(server, 'SIGKILL');
  await gone(server, PATIENCE_MS);
}

function send(server: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    if (isAlive(server)) process.kill(server.pid, signal);
  } catch (error) {
    ignoring('ESRCH')(error);
  }
}

async function gone(server: ProcessIdentity, withinMs: number): Promise<boolean> {
  for (const end = Date.now() + withinMs; isAlive(server); await pause(LOOK_EVERY_MS)) {
    if (Date.now() > end) return false;
  }
  return true;
}
