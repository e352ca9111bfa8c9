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
  return createServer((asked, answer) => {
    const refusal = refusalOf(asked, hosts);
    if (refusal) refuse(answer, refusal);
    else passOn(asked, answer, uiServer);
  });
}

// ---

interface Refusal {
  readonly status: 403 | 421;
  readonly why: string;
}

const FOREIGN_HOST: Refusal = { status: 421, why: 'Open this page at the address that `rookery ui` prints.\n' };
const FOREIGN_ORIGIN: Refusal = { status: 403, why: 'Requests from other pages are refused.\n' };

function refusalOf(asked: IncomingMessage, hosts: ReadonlySet<string>): Refusal | undefined {
  // `headers` would hide a second Host header.
  const named = asked.rawHeaders.filter((name, n) => n % 2 === 0 && name.toLowerCase() === 'host');
  const { host = '', origin } = asked.headers;
  // An absolute target can name another host than the header.
  if (named.length !== 1 || !hosts.has(host) || !asked.url?.startsWith('/')) return FOREIGN_HOST;
  return origin === undefined || origin === `http://${host}` ? undefined : FOREIGN_ORIGIN;
}

/** Closes the connection: a request smuggled behind the first is never read. */
function refuse(answer: ServerResponse, { status, why }: Refusal): void {
  answer.writeHead(status, { connection: 'close', 'content-type': 'text/plain; charset=utf-8' }).end(why);
}

function passOn(asked: IncomingMessage, answer: ServerResponse, { host, port }: Endpoint): void {
  const { connection: _own, host: _named, ...headers } = asked.headers;
  const passed = request({ host, port, method: asked.method, path: asked.url, headers }, (answered) => {
    const { connection: _theirs, 'keep-alive': _kept, ...rest } = answered.headers;
    answer.writeHead(answered.statusCode ?? 502, rest);
    // Ends both when one of them fails.
    pipeline(answered, answer, () => undefined);
  });
  passed.on('error', () => {
    if (answer.headersSent) answer.destroy();
    else answer.writeHead(502, { 'content-type': 'text/plain' }).end('The Web UI does not answer.\n');
  });
  // A closed page needs no answer: the server must not keep working for it.
  answer.on('close', () => passed.destroy());
  asked.pipe(passed);
}
