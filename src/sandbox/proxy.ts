/**
 * The only network access of a sandbox: an HTTP proxy on a Unix socket that connects only to the hosts of a
 * list. It connects to the address that it checked and resolves each name once.
 */
import { lookup as systemLookup } from 'node:dns/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isGlobalUnicast } from '../net/addresses.js';
import { allowList, canonicalHost, parseTarget, type Target } from './hosts.js';
import { serverName } from './server-name.js';

export interface ProxyOptions {
  readonly hosts: readonly string[];
  /** A path, not yet there. */
  readonly socket: string;
  /** For tests. */
  readonly lookup?: (host: string) => Promise<string[]>;
  readonly isAllowedAddress?: (address: string) => boolean;
  readonly dial?: (address: string, port: number) => Socket;
}

export interface AllowListProxy {
  /** The refused names, without duplicates, at most ten. */
  readonly refused: ReadonlySet<string>;
  close(): Promise<void>;
}

/** Throws a RookeryError for a list that names no hosts. */
export async function startProxy(options: ProxyOptions): Promise<AllowListProxy> {
  const state: State = { options, allowed: allowList(options.hosts), refused: new Set(), open: new Set() };
  const server = createServer({ maxHeaderSize: 16 * 1024 }, (request, response) => forward(request, response, state));
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) =>
    tunnel({ request, client, head }, state),
  );
  server.on('connection', (socket: Socket) => keep(socket, state));
  server.on('clientError', (_error, socket) => socket.destroy());
  await listening(server, options.socket);
  return { refused: state.refused, close: () => closed(server, state) };
}

// ---

interface State {
  readonly options: ProxyOptions;
  readonly allowed: (target: Target) => boolean;
  readonly refused: Set<string>;
  readonly open: Set<Duplex>;
}

const CONNECT_MS = 20_000;
const IDLE_MS = 120_000;
const TLS_PORT = 443;

async function tunnel({ request, client, head }: Tunnel, state: State): Promise<void> {
  client.on('error', () => client.destroy());
  const target = parseTarget(request.url ?? '');
  const address = target && sameHost(request, target) ? await checked(target, state) : undefined;
  if (!target || address === undefined) {
    note(request.url, state);
    client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    return;
  }
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  const first = target.port === TLS_PORT && isIP(target.host) === 0 ? await hello(client, head) : head;
  if (first === undefined || !isFor(first, target)) {
    note(`${target.host} (TLS for another host)`, state);
    client.destroy();
    return;
  }
  join(client, { address, port: target.port, first }, state);
}

interface Tunnel {
  readonly request: IncomingMessage;
  readonly client: Duplex;
  readonly head: Buffer;
}

function join(
  client: Duplex,
  { address, port, first }: { address: string; port: number; first: Buffer },
  state: State,
): void {
  const server = dial({ address, port }, state);
  server.once('connect', () => {
    server.setTimeout(0);
    server.write(first);
    client.pipe(server).pipe(client);
  });
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  for (const stream of [client, server]) stream.on('error', end).on('close', end);
  server.on('timeout', end);
}

/** @returns the first TLS message; undefined when the client has disconnected. */
function hello(client: Duplex, head: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let seen = head;
    const done = (bytes: Buffer | undefined): void => {
      client.pause();
      client.off('data', onData).off('close', onClose);
      resolve(bytes);
    };
    const onClose = (): void => done(undefined);
    const onData = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk]);
      if (serverName(seen).kind !== 'more') done(seen);
    };
    if (head.length > 0 && serverName(head).kind !== 'more') return done(head);
    client.on('data', onData).on('close', onClose);
  });
}

function isFor(first: Buffer, target: Target): boolean {
  if (target.port !== TLS_PORT || isIP(target.host) !== 0) return true;
  const found = serverName(first);
  return found.kind === 'name' && canonicalHost(found.name) === target.host;
}

/** Plain HTTP, with the whole URL in the request line. */
async function forward(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const [, authority = '', path = ''] = /^http:\/\/([^/?#\\@\s]+)([/?][^#\s]*)?$/i.exec(request.url ?? '') ?? [];
  const target = parseTarget(authority, 80);
  const address = target && sameHost(request, target) ? await checked(target, state) : undefined;
  if (!target || address === undefined || request.headers.upgrade !== undefined) {
    note(request.url, state);
    response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' });
    response.end('This host is not on the list of this sandbox.\n');
    return;
  }
  const headers = { ...request.headers, host: authority, connection: 'close' };
  for (const name of ['proxy-connection', 'proxy-authorization', 'keep-alive', 'te']) delete (headers as Headers)[name];
  const createConnection = (): Socket => dial({ address, port: target.port }, state);
  const onward = httpRequest({ method: request.method, path: rooted(path), headers, createConnection });
  onward.setTimeout(IDLE_MS, () => onward.destroy());
  onward.on('error', () => response.destroy());
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => response.destroy()).pipe(response);
  });
  request.on('error', () => onward.destroy()).pipe(onward);
}

type Headers = Record<string, unknown>;

function dial({ address, port }: { address: string; port: number }, state: State): Socket {
  const socket = state.options.dial?.(address, port) ?? connect({ host: address, port });
  keep(socket, state);
  return socket.setTimeout(CONNECT_MS);
}

function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

/** A Host that differs from the target would reach another site at the same address. */
function sameHost(request: IncomingMessage, target: Target): boolean {
  const names = request.rawHeaders.filter(
    (_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === 'host',
  );
  if (names.length > 1 || request.httpVersionMajor !== 1) return false;
  const named = names[0] === undefined ? target : parseTarget(names[0], target.port);
  return named?.host === target.host && named.port === target.port;
}

/** @returns the address to connect to; undefined when the host is not allowed. */
async function checked(target: Target, { options, allowed }: State): Promise<string | undefined> {
  if (!allowed(target)) return undefined;
  const { lookup = resolve, isAllowedAddress = isGlobalUnicast } = options;
  const addresses = isIP(target.host) ? [target.host] : await lookup(target.host).catch(() => []);
  return addresses.every(isAllowedAddress) ? addresses[0] : undefined;
}

async function resolve(host: string): Promise<string[]> {
  return (await systemLookup(host, { all: true })).map(({ address }) => address);
}

function note(name: string | undefined, { refused }: State): void {
  if (refused.size < 10) refused.add((name ?? '').replace(/[^\x21-\x7e]/g, '?').slice(0, 100));
}

function keep(socket: Duplex, { open }: State): void {
  open.add(socket);
  socket.once('close', () => open.delete(socket));
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function closed(server: Server, { open }: State): Promise<void> {
  for (const socket of open) socket.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}
