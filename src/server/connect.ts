/** Opens the Temporal client of the manager and the worker, and explains connection errors. */
import type { Client, ConnectionOptions, DataConverter } from '@temporalio/client';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { SEARCH_MODEL, SEARCH_STATUS } from '../domain/protocol.js';
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
    throw await connectionError(
      { address, namespace, ...(connection && { connection }), ...(proxy && { proxy }) },
      error,
    );
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

/** Why no connection came about: TLS and authority by what the server does, else what the SDK says. */
export async function connectionError(at: TemporalAddress, error: unknown): Promise<RookeryError> {
  const { address, proxy, connection } = at;
  const way = proxy ? ` through the proxy ${proxyName(proxy)}` : '';
  const refusal = authorityProblem(at, error);
  const problem = refusal ?? (proxy ? undefined : await tlsProblemOf(address, connection?.tls));
  if (problem) {
    const what = refusal ? 'refuses this client' : 'does not answer';
    return new RookeryError('no_server', `The Temporal server at ${address}${way} ${what}: ${problem.why}`, {
      hint: problem.hint,
      cause: error,
    });
  }
  return new RookeryError('no_server', `No Temporal server answers at ${address}${way}: ${sentenceOf(error)}`, {
    hint: proxy
      ? 'Check the address and the proxy (https_proxy), or name the host in no_proxy'
      : 'Check the address, or run `rookery up`',
    cause: error,
  });
}

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

/** By a search, which every client may make: Temporal Cloud has no operator service. */
export async function searchAttributesRegistered(client: Client): Promise<boolean> {
  try {
    const { namespace } = client.options;
    const query = `${SEARCH_STATUS} = 'Completed' AND ${SEARCH_MODEL} = ''`;
    await client.workflowService.listWorkflowExecutions({ namespace, query, pageSize: 1 });
    return true;
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

// ---

async function tlsProblemOf(
  address: string,
  tls: NonNullable<TemporalAddress['connection']>['tls'],
): Promise<ConnectionProblem | undefined> {
  // Loaded on demand: only a connection that failed needs it.
  const { tlsProblem } = await import('./tls-problem.js');
  return tlsProblem(address, tls as Parameters<typeof tlsProblem>[1]).catch(() => undefined);
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
      why: `it lets this client not use namespace '${namespace}'`,
      hint: 'Check TEMPORAL_NAMESPACE, and what the API key or the client certificate may do',
    };
  }
  if (!is(GRPC.unauthenticated)) return undefined;
  return connection?.apiKey === undefined
    ? { why: 'it wants to know who asks', hint: 'Set TEMPORAL_API_KEY, or a client certificate' }
    : { why: 'it does not accept the API key', hint: 'Set TEMPORAL_API_KEY to a key that is valid now' };
}
