/**
 * The requests that leave this host: through a proxy where one is named, trusting further authorities where a file says
 * so, patient with slow models. Everything is a parameter; the environment is not read.
 */
import { readFileSync } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { FIXED } from '../domain/limits.js';
import { type ProxySettings, proxyFor, proxyName } from '../domain/proxies.js';
import { ThroughProxy } from './errors/broken-connection.js';
import type { HttpAnswer, Send } from './exchange.js';

export interface NetworkSettings extends ProxySettings {
  /** PEM files of authorities that are trusted in addition to the usual ones. */
  readonly extraCaFile?: string | readonly string[];
}

/** Later than the caller's own limit: the library's five minutes would cut a slow model. */
const PATIENCE_MS = FIXED.modelCallMs + 60_000;

export function createFetch(settings: NetworkSettings): Send {
  const ca = authorities([settings.extraCaFile ?? []].flat());
  const patience = { headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS };
  const direct = new Agent({ ...patience, ...(ca && { connect: { ca } }) });
  const proxies = new Map<string, Dispatcher>();
  const through = ({ href }: URL): Dispatcher => {
    const tls = ca ? { requestTls: { ca }, proxyTls: { ca } } : {};
    const agent = proxies.get(href) ?? new ProxyAgent({ uri: href, ...patience, ...tls });
    proxies.set(href, agent);
    return agent;
  };
  return async (to, init) => {
    const url = new URL(to instanceof Request ? to.url : to);
    if (BAD_PORTS.has(url.port)) throw new Error('bad port');
    const proxy = proxyFor(url, settings);
    if (proxy === undefined) return send(url, init, direct);
    try {
      return await send(url, init, through(proxy));
    } catch (error) {
      throw new ThroughProxy(proxyName(proxy), error);
    }
  };
}

// --- internal ---

/** What no HTTP server listens on, by the standard of `fetch`: other servers there could take a request for their own. */
const BAD_PORTS: ReadonlySet<string> = new Set(
  (
    '1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 ' +
    '135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 ' +
    '995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080'
  ).split(' '),
);

/** Follows no redirect. */
async function send(url: URL, init: RequestInit | undefined, dispatcher: Dispatcher): Promise<HttpAnswer> {
  const given = init?.headers instanceof Headers ? init.headers : new Headers(init?.headers);
  const reply = await request(url, {
    dispatcher,
    method: (init?.method ?? 'GET') as Dispatcher.HttpMethod,
    headers: { accept: '*/*', ...Object.fromEntries(given) },
    body: (init?.body ?? null) as string | Uint8Array | null,
    signal: init?.signal ?? null,
  });
  const { statusCode: status } = reply;
  const headers = new Headers();
  for (const [name, value = ''] of Object.entries(reply.headers)) headers.set(name, [value].flat().join(', '));
  return {
    ok: status >= 200 && status < 300,
    status,
    headers,
    body: unpacked(reply.body, headers.get('content-encoding') ?? ''),
  };
}

/** Nothing asks for it, but some servers pack everything. */
function unpacked(body: Readable, encoding: string): Readable {
  if (!/^(x-)?(gzip|deflate|br)$/i.test(encoding)) return body;
  return pipeline(body, /br/i.test(encoding) ? createBrotliDecompress() : createUnzip(), () => undefined);
}

/** When undefined, the runtime's own store stays in place, with what it has read from NODE_EXTRA_CA_CERTS. */
function authorities(files: readonly string[]): string[] | undefined {
  if (files.length === 0) return undefined;
  return [...rootCertificates, ...files.map(readAuthority)];
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new RookeryError('environment', `the certificate file ${file} cannot be read: ${sentenceOf(error)}`, {
      hint: 'correct SSL_CERT_FILE, or unset it',
    });
  }
}
