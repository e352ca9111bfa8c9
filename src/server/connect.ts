/** Opens the Temporal client of the manager and the worker, and explains connection errors. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, ConnectionOptions, DataConverter } from '@temporalio/client';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { proxyName } from '../domain/proxies.js';
import type { ConnectionProblem } from './tls-problem.js';

export interface TemporalAddress {
  readonly address: string;
  readonly namespace: string;
  readonly connection?: ConnectionOptions;
  /** What leads to it; absent: the connection is direct, whatever the environment says. */
  readonly proxy?: URL;
  /** Default: none, payloads are readable JSON. */
  readonly dataConverter?: DataConverter | undefined;
}

const CONNECT_MS = 10_000;
/** A connection that takes longer is looked at. */
const LOOK_MS = 500;
/** A history page can exceed gRPC's 4 MiB; the SDK's own setting lacks the `grpc.` prefix. */
export const CHANNEL_ARGS = { 'grpc.max_receive_message_length': 128 * 1024 * 1024 } as const;

export async function connectTemporal(at: TemporalAddress): Promise<Client> {
  const { address, namespace, connection, proxy, dataConverter } = at;
  // Loaded on demand: it would be most of the cost of a command that only reads files.
  const { Client, Connection } = await import('@temporalio/client');
  const proxies = { 'grpc.enable_http_proxy': proxy ? 1 : 0 };
  const channelArgs = { ...CHANNEL_ARGS, ...proxies, ...connection?.channelArgs };
  const connecting = Connection.connect({ ...connection, address, channelArgs, connectTimeout: CONNECT_MS });
  const opened = await explained(at, connecting);
  return new Client({ connection: opened, namespace, ...(dataConverter && { dataConverter }) });
}

/**
 * Throws RookeryError `no_server` with what is wrong. Where the server shows that TLS is, it does not wait for the end of
 * the time for connecting, which is all that the SDK would say.
 */
export async function explained<T>(at: TemporalAddress, connecting: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const looked = pause(LOOK_MS, undefined, { signal: settled.signal }).then(
    () => tlsProblemOf(at),
    () => undefined,
  );
  const early = looked.then((problem) => {
    if (problem && !problem.isGuess) throw problemError(at, problem);
    return connecting;
  });
  try {
    return await Promise.race([connecting, early]);
  } catch (error) {
    throw error instanceof RookeryError ? error : connectionError(at, error, await looked);
  } finally {
    settled.abort();
  }
}

/** @returns the gRPC status of an error or of its causes; undefined when there is none. */
export function grpcCode(error: unknown): number | undefined {
  for (let at = error as { code?: unknown; cause?: unknown } | undefined, depth = 0; at && depth < 5; depth++) {
    if (typeof at.code === 'number') return at.code;
    at = at.cause as typeof at;
  }
  return undefined;
}

export const GRPC = {
  deadline: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** Explains an unavailable server, and data of another codec; returns every other error unchanged. */
export function inPlainWords(error: unknown, hint = 'Run `rookery up -d`; the tasks continue there'): unknown {
  const encoding = /^Unknown encoding: (\S+)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (encoding !== undefined) {
    return new RookeryError('environment', `The data of the task is encoded as '${encoding}'`, {
      hint: 'Give the codec of its worker with --codec',
      cause: error,
    });
  }
  const code = error instanceof RookeryError ? undefined : grpcCode(error);
  if (code === GRPC.unauthenticated || code === GRPC.permissionDenied) {
    return new RookeryError('no_server', `The Temporal server refuses this client: ${sentenceOf(error)}`, {
      hint: 'Check TEMPORAL_NAMESPACE, and TEMPORAL_API_KEY or the client certificate',
      cause: error,
    });
  }
  if (code !== GRPC.unavailable && code !== GRPC.deadline) return error;
  return new RookeryError('no_server', 'The Temporal server no longer responds', { hint, cause: error });
}

// ---

function connectionError(at: TemporalAddress, error: unknown, found: ConnectionProblem | undefined): RookeryError {
  const problem = authorityProblem(at, error) ?? found;
  if (problem) return problemError(at, problem, error);
  return new RookeryError('no_server', `No Temporal server answers at ${placeOf(at)}: ${sentenceOf(error)}`, {
    hint: at.proxy
      ? 'Check the address and the proxy (https_proxy), or name the host in no_proxy'
      : 'Check the address, or run `rookery up`',
    cause: error,
  });
}

function problemError(at: TemporalAddress, { why, hint }: ConnectionProblem, cause?: unknown): RookeryError {
  return new RookeryError('no_server', `The Temporal server at ${placeOf(at)} cannot be used: ${why}`, {
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}

function placeOf({ address, proxy }: TemporalAddress): string {
  return proxy ? `${address} through the proxy ${proxyName(proxy)}` : address;
}

/** Only of a direct connection. */
async function tlsProblemOf({ address, connection, proxy }: TemporalAddress): Promise<ConnectionProblem | undefined> {
  if (proxy) return undefined;
  // Loaded on demand: only a connection that is late or failed needs it.
  const { tlsProblem } = await import('./tls-problem.js');
  return tlsProblem(address, connection?.tls as Parameters<typeof tlsProblem>[1]).catch(() => undefined);
}

/** The worker's connection has the status only in its text. */
const REFUSED = {
  [GRPC.unauthenticated]: /\bUnauthenticated\b|valid authentication credentials/,
  [GRPC.permissionDenied]: /\bPermissionDenied\b|does not have permission/,
} as const;

function authorityProblem({ namespace, connection }: TemporalAddress, error: unknown): ConnectionProblem | undefined {
  const text = sentenceOf(error);
  const is = (code: keyof typeof REFUSED): boolean => grpcCode(error) === code || REFUSED[code].test(text);
  if (is(GRPC.permissionDenied)) {
    return {
      why: `this client may not use namespace '${namespace}'`,
      hint: 'Check TEMPORAL_NAMESPACE, and what the API key or the client certificate may do',
    };
  }
  if (!is(GRPC.unauthenticated)) return undefined;
  return connection?.apiKey === undefined
    ? { why: 'it wants to know who asks', hint: 'Set TEMPORAL_API_KEY, or a client certificate' }
    : { why: 'it does not accept the API key', hint: 'Set TEMPORAL_API_KEY to a key that is valid now' };
}
