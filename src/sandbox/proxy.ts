/**
 * The only network access of a sandbox: an HTTP proxy on a Unix socket that connects only to the hosts of a
 * list. It connects to the address that it checked and resolves each name once.
 */
import {
  type ClientRequest,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ProxySettings, proxyName } from '../domain/proxies.js';
import { allowList, canonicalHost, namedAddresses, parseTarget, type Target } from './hosts.js';
import { serverName } from './server-name.js';
import { type PlainRequest, requestThrough, tunnelThrough } from './upstream.js';
import { type HostMap, wayTo } from './ways.js';

export interface ProxyOptions {
  readonly hosts: readonly string[];
  /** Named by a person: an address or localhost among them is connected to although it is not public. */
  readonly named?: readonly string[] | undefined;
  /** Of this host's user, for all that is not reached directly. */
  readonly proxies?: ProxySettings | undefined;
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
  const { hosts, named = [] } = options;
  const state: State = {
    ...{ options, refused: new Set<string>(), open: new Set<Duplex>() },
    map: { ...options, allowed: allowList([...hosts, ...named]), isNamedAddress: namedAddresses(named) },
  };
  const server = createServer({ maxHeaderSize: 16 * 1024 }, (request, response) => forward(request, response, state));
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) =>
    tunnel({ request, client, head }, state),
  );
  server.on('connection', (socket: Socket) => trackSocket(socket, state));
  server.on('clientError', (_error, socket) => socket.destroy());
  await listen(server, options.socket);
  return { refused: state.refused, close: () => closeServer(server, state) };
}

// ---

interface State {
  readonly options: ProxyOptions;
  readonly map: HostMap;
  readonly refused: Set<string>;
  readonly open: Set<Duplex>;
}

const CONNECT_MS = 20_000;
const IDLE_MS = 120_000;
const TLS_PORT = 443;

async function tunnel({ request, client, head }: Tunnel, state: State): Promise<void> {
  client.on('error', () => client.destroy());
  const target = parseTarget(request.url ?? '');
  const way = await wayTo({ protocol: 'https:', request, target }, state.map);
  if (!target || way.kind === 'none') {
    recordRefused(way.kind === 'none' ? way.name : request.url, state);
    client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    return;
  }
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  const firstBytes = target.port === TLS_PORT && isIP(target.host) === 0 ? await readClientHello(client, head) : head;
  if (firstBytes === undefined || !namesTarget(firstBytes, target)) {
    recordRefused(`${target.host} (TLS for another host)`, state);
    client.destroy();
    return;
  }
  const server =
    way.kind === 'direct' ? dial({ ...way, port: target.port }, state) : await dialProxy(way, target, state);
  if (server) connectTunnel({ client, server, first: firstBytes, isOpen: way.kind === 'proxy' });
  else client.destroy();
}

interface Tunnel {
  readonly request: IncomingMessage;
  readonly client: Duplex;
  readonly head: Buffer;
}

interface Ends {
  readonly client: Duplex;
  readonly server: Socket;
  /** What the client has sent already. */
  readonly first: Buffer;
  readonly isOpen: boolean;
}

function connectTunnel({ client, server, first, isOpen }: Ends): void {
  const join = (): void => {
    server.setTimeout(0);
    server.write(first);
    client.pipe(server).pipe(client);
  };
  if (isOpen) join();
  else server.once('connect', join);
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  for (const stream of [client, server]) stream.on('error', end).on('close', end);
  server.on('timeout', end);
}

/** @returns the first TLS message; undefined when the client has disconnected. */
function readClientHello(client: Duplex, head: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let received = head;
    const finish = (bytes: Buffer | undefined): void => {
      client.pause();
      client.off('data', onData).off('close', onClose);
      resolve(bytes);
    };
    const onClose = (): void => finish(undefined);
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      if (serverName(received).kind !== 'more') finish(received);
    };
    if (head.length > 0 && serverName(head).kind !== 'more') return finish(head);
    client.on('data', onData).on('close', onClose);
  });
}

function namesTarget(first: Buffer, target: Target): boolean {
  if (target.port !== TLS_PORT || isIP(target.host) !== 0) return true;
  const found = serverName(first);
  return found.kind === 'name' && canonicalHost(found.name) === target.host;
}

/** Plain HTTP, with the whole URL in the request line. */
async function forward(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const [, authority = '', path = ''] = /^http:\/\/([^/?#\\@\s]+)([/?][^#\s]*)?$/i.exec(request.url ?? '') ?? [];
  const target = parseTarget(authority, 80);
  const way = await wayTo({ protocol: 'http:', request, target }, state.map);
  if (!target || way.kind === 'none' || request.headers.upgrade !== undefined) {
    recordRefused(way.kind === 'none' ? way.name : request.url, state);
    response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' });
    response.end('This host is not on the list of this sandbox.\n');
    return;
  }
  const headers = { ...request.headers, host: authority, connection: 'close' };
  for (const name of ['proxy-connection', 'proxy-authorization', 'keep-alive', 'te']) delete (headers as Headers)[name];
  const plain = { method: request.method, target, path: absolutePath(path), headers };
  const upstream =
    way.kind === 'direct' ? requestDirectly(plain, way.address, state) : requestThrough(way.proxy, plain);
  upstream.setTimeout(IDLE_MS, () => upstream.destroy());
  upstream.on('error', () => response.destroy());
  upstream.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => response.destroy()).pipe(response);
  });
  request.on('error', () => upstream.destroy()).pipe(upstream);
}

function requestDirectly(
  { method, target, path, headers }: PlainRequest,
  address: string,
  state: State,
): ClientRequest {
  const createConnection = (): Socket => dial({ address, port: target.port }, state);
  return httpRequest({ method, path, headers, createConnection });
}

type Headers = Record<string, unknown>;

function dial({ address, port }: { address: string; port: number }, state: State): Socket {
  const socket = state.options.dial?.(address, port) ?? connect({ host: address, port });
  trackSocket(socket, state);
  return socket.setTimeout(CONNECT_MS);
}

function absolutePath(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

async function dialProxy({ proxy }: { proxy: URL }, target: Target, state: State): Promise<Socket | undefined> {
  try {
    const socket = await tunnelThrough(proxy, target, CONNECT_MS);
    trackSocket(socket, state);
    return socket;
  } catch {
    recordRefused(`${target.host}:${target.port} (through ${proxyName(proxy)})`, state);
    return undefined;
  }
}

function recordRefused(name: string | undefined, { refused }: State): void {
  if (refused.size < 10) refused.add((name ?? '').replace(/[^\x20-\x7e]/g, '?').slice(0, 100));
}

function trackSocket(socket: Duplex, { open }: State): void {
  open.add(socket);
  socket.once('close', () => open.delete(socket));
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function closeServer(server: Server, { open }: State): Promise<void> {
  for (const socket of open) socket.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}
