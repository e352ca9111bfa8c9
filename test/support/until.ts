/** Awaits a condition, instead of sleeping and hoping. */

import { setTimeout as pause } from 'node:timers/promises';

export interface Waiting {
  timeoutMs?: number;
  /** What is waited for, for the message of the failure. */
  what: string;
}

/** Its own limit only names what is waited for before the runner stops the test. Looks again until the condition gives something truthy, and returns that. */
export async function until<T>(condition: () => T | Promise<T>, { timeoutMs = 90_000, what }: Waiting): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await pause(20);
  }
}
