/**
 * Requests to the HTTP API of the embedded server: one by one, with the deadline, the abort signal and the repetitions
 * that the SDK gives its own. An error has the gRPC code of the failure as `code`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type IncomingMessage, request as send } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { GRPC } from './connect.js';
import { damageIn } from './sqlite-messages.js';
import type { ServerState } from './state.js';

/** Longer than the server holds a request that waits for news. */
const SILENCE_MS = 60_000;
const EXACT_PAYLOADS = 'application/json+no-payload-shorthand';
/** Unknown, exhausted, aborted, out of range, unavailable, data loss: as in the SDK. */
const RETRYABLE: ReadonlySet<number> = new Set([2, 8, 10, 11, GRPC.unavailable, 15]);
const EXHAUSTED = 8;

export type HttpApi = Pick<ServerState, 'address' | 'ports' | 'protection'>;

export interface HttpCall {
  /** After the namespace, with its query. */
  readonly path: string;
  /** Absent: a GET. */
  readonly body?: object;
}

export class ServerError extends Error {
  constructor(
    readonly code: number,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ServerError';
  }
}

/** For all requests of the work. */
export interface RequestLimits {
  readonly deadline?: number;
  readonly signal?: AbortSignal;
}

const limits = new AsyncLocalStorage<RequestLimits>();

export function limited<T>(more: RequestLimits, work: () => Promise<T>): Promise<T> {
  return limits.run({ ...limits.getStore(), ...more }, work);
}

/**
 * Repeats a request that the server could not take. `server`: asked before each try, because a restarted server has
 * another secret, and may have another port.
 */
export async function askWithRetries(
  server: () => Promise<HttpApi | undefined>,
  call: HttpCall,
  attempts: number,
): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      const found = await server();
      if (!found) throw new ServerError(GRPC.unavailable, 'No server of this work directory runs');
      return await ask(found, call);
    } catch (error) {
      if (!(error instanceof ServerError && isPassing(error)) || attempt >= attempts) throw error;
      await pause(backoff(attempt, error.code), undefined, { signal: limits.getStore()?.signal });
    }
  }
}

/** One request of the namespace `default`. */
export async function ask(server: HttpApi, call: HttpCall): Promise<unknown> {
  const { deadline, signal } = limits.getStore() ?? {};
  signal?.throwIfAborted();
  const timeout = deadline === undefined ? undefined : AbortSignal.timeout(Math.max(0, deadline - Date.now()));
  const given = [signal, timeout].filter((one) => one !== undefined);
  try {
    return await exchange(server, call, given.length > 0 ? AbortSignal.any(given) : undefined);
  } catch (error) {
    if (error instanceof ServerError) throw error;
    signal?.throwIfAborted();
    if (timeout?.aborted) throw new ServerError(GRPC.deadline, 'The server did not answer in time', error);
    throw new ServerError(GRPC.unavailable, error instanceof Error ? error.message : String(error), error);
  }
}

/** @returns true when the server serves its namespace within this time. */
export function answersRequests(server: HttpApi, timeoutMs: number): Promise<boolean> {
  return limited({ deadline: Date.now() + timeoutMs }, () => ask(server, { path: '' })).then(
    () => true,
    () => false,
  );
}

// ---

/** A damaged database does not become whole. */
function isPassing({ code, message }: ServerError): boolean {
  return RETRYABLE.has(code) && damageIn(message) === undefined;
}

function exchange(
  { address, ports, protection }: HttpApi,
  { path, body }: HttpCall,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const text = body && JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = send({
      host: '127.0.0.1',
      port: ports.http,
      path: `/api/v1/namespaces/default${path}`,
      method: text === undefined ? 'GET' : 'POST',
      timeout: SILENCE_MS,
      headers: {
        // The one Host that it answers; a server of an older Rookery answers any.
        host: protection?.apiHost ?? address,
        accept: EXACT_PAYLOADS,
        ...(text === undefined ? {} : { 'content-type': EXACT_PAYLOADS, 'content-length': Buffer.byteLength(text) }),
      },
      ...(signal && { signal }),
    });
    request.on('timeout', () => request.destroy(new Error('the server is silent')));
    request.on('error', reject);
    request.on('response', (response) => answerOf(response).then(resolve, reject));
    request.end(text);
  });
}

async function answerOf(response: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += piece;
  if (response.statusCode === 200) return JSON.parse(text);
  throw refusal(response.statusCode ?? 0, text);
}

/** Another program on the port, or a server with another secret, gives no code: it is not the server that was meant. */
function refusal(status: number, text: string): ServerError {
  try {
    const { code, message } = JSON.parse(text) as { readonly code: unknown; readonly message: unknown };
    if (typeof code === 'number') return new ServerError(code, String(message));
  } catch {
    // Not an answer of the API.
  }
  return new ServerError(GRPC.unavailable, `HTTP ${status}`);
}

function backoff(attempt: number, code: number): number {
  const first = code === EXHAUSTED ? 1_000 : 100;
  return Math.min(5_000, first * 1.7 ** attempt) * (0.8 + Math.random() * 0.4);
}
