/** Opens the Temporal client of the manager and the worker, and explains connection errors. */
import type { Client, ConnectionOptions, DataConverter } from '@temporalio/client';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { SEARCH_MODEL, SEARCH_STATUS } from '../domain/protocol.js';
import { proxyName } from '../domain/proxies.js';

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
/** A history page can exceed gRPC's 4 MiB; the SDK's own setting lacks the `grpc.` prefix. */
export const CHANNEL_ARGS = { 'grpc.max_receive_message_length': 128 * 1024 * 1024 } as const;

export async function connectTemporal({
  address,
  namespace,
  connection,
  proxy,
  dataConverter,
}: TemporalAddress): Promise<Client> {
  // Loaded on demand: it would be most of the cost of a command that only reads files.
  const { Client, Connection } = await import('@temporalio/client');
  try {
    const proxies = { 'grpc.enable_http_proxy': proxy ? 1 : 0 };
    const channelArgs = { ...CHANNEL_ARGS, ...proxies, ...connection?.channelArgs };
    const opened = await Connection.connect({ ...connection, address, channelArgs, connectTimeout: CONNECT_MS });
    return new Client({ connection: opened, namespace, ...(dataConverter && { dataConverter }) });
  } catch (error) {
    throw noServer({ address, ...(proxy && { proxy }) }, error);
  }
}

/** For a failed connection. */
export function noServer({ address, proxy }: Pick<TemporalAddress, 'address' | 'proxy'>, error: unknown): RookeryError {
  const way = proxy ? ` through the proxy ${proxyName(proxy)}` : '';
  return new RookeryError('no_server', `No Temporal server answers at ${address}${way}: ${sentenceOf(error)}`, {
    hint: proxy
      ? 'Check the address and the proxy (https_proxy), or name the host in no_proxy'
      : 'Check the address, or run `rookery up`',
    cause: error,
  });
}

/** @returns the gRPC status of an error or of its causes; undefined when there is none. */
export function grpcCode(error: unknown): number | undefined {
  for (let at = error as { code?: unknown; cause?: unknown } | undefined, depth = 0; at && depth < 5; depth++) {
    if (typeof at.code === 'number') return at.code;
    at = at.cause as typeof at;
  }
  return undefined;
}

export const GRPC = { notFound: 5, alreadyExists: 6, deadline: 4, unavailable: 14 } as const;

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
  if (code !== GRPC.unavailable && code !== GRPC.deadline) return error;
  return new RookeryError('no_server', 'The Temporal server no longer responds', { hint, cause: error });
}

export async function searchAttributesRegistered(client: Client): Promise<boolean> {
  try {
    const { namespace } = client.options;
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
    return [SEARCH_STATUS, SEARCH_MODEL].every((name) => customAttributes?.[name] !== undefined);
  } catch {
    return false;
  }
}

/** Throws the cluster's error when registration is not permitted. */
export async function registerSearchAttributes(client: Client): Promise<void> {
  const KEYWORD = 2;
  await client.connection.operatorService.addSearchAttributes({
    namespace: client.options.namespace,
    searchAttributes: { [SEARCH_STATUS]: KEYWORD, [SEARCH_MODEL]: KEYWORD },
  });
}
