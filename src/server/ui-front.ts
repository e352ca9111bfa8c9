/**
 * Reverse proxy for the Web UI: accepts only its own address as Host, and only requests from pages of that address.
 * The Web UI itself answers any Host header, so a page could read it by DNS rebinding (a name that resolves to this
 * machine).
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { Endpoint } from './ports.js';

export interface FrontOptions {
  /** Port of the front, on 127.0.0.1. */
  readonly port: number;
  readonly uiServer: Endpoint;
}

/** The server does not listen yet. */
export function createUiFront({ port, uiServer }: FrontOptions): Server {
  // No attacker can make `localhost` resolve elsewhere: browsers do not ask a resolver for it.
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  return createServer((incoming, response) => {
    const refusal = refusalOf(incoming, hosts);
    if (refusal) refuse(response, refusal);
    else forward(incoming, response, uiServer);
  });
}

// ---

interface Refusal {
  readonly status: 403 | 421;
  readonly why: string;
}

const FOREIGN_HOST: Refusal = { status: 421, why: 'Open this page at the address that `rookery ui` prints.\n' };
const FOREIGN_ORIGIN: Refusal = { status: 403, why: 'Requests from other pages are refused.\n' };

function refusalOf(incoming: IncomingMessage, hosts: ReadonlySet<string>): Refusal | undefined {
  // `headers` would hide a second Host header.
  const hostHeaders = incoming.rawHeaders.filter((name, n) => n % 2 === 0 && name.toLowerCase() === 'host');
  const { host = '', origin } = incoming.headers;
  // An absolute target can name another host than the header.
  if (hostHeaders.length !== 1 || !hosts.has(host) || !incoming.url?.startsWith('/')) return FOREIGN_HOST;
  return origin === undefined || origin === `http://${host}` ? undefined : FOREIGN_ORIGIN;
}

/** Closes the connection: a request smuggled behind the first is never read. */
function refuse(response: ServerResponse, { status, why }: Refusal): void {
  response.writeHead(status, { connection: 'close', 'content-type': 'text/plain; charset=utf-8' }).end(why);
}

function forward(incoming: IncomingMessage, response: ServerResponse, { host, port }: Endpoint): void {
  const { connection: _connection, host: _host, ...headers } = incoming.headers;
  const upstream = request({ host, port, method: incoming.method, path: incoming.url, headers }, (upstreamResponse) => {
    const { connection: _upstreamConnection, 'keep-alive': _keepAlive, ...rest } = upstreamResponse.headers;
    response.writeHead(upstreamResponse.statusCode ?? 502, rest);
    // Ends both when one of them fails.
    pipeline(upstreamResponse, response, () => undefined);
  });
  upstream.on('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end('The Web UI does not answer.\n');
  });
  // A closed page needs no answer: the server must not keep working for it.
  response.on('close', () => upstream.destroy());
  incoming.pipe(upstream);
}
