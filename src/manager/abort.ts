/** Ties one request to a signal, and lets go of it afterwards: a long follow makes thousands of requests on one signal. */
import type { Client } from '@temporalio/client';

export async function abortable<T>(client: Client, signal: AbortSignal | undefined, ask: () => Promise<T>): Promise<T> {
  if (!signal) return ask();
  signal.throwIfAborted();
  const request = new AbortController();
  const stop = (): void => request.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await client.withAbortSignal(request.signal, ask);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
