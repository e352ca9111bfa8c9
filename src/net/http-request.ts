/**
 * One HTTP request and its response, to addresses that were checked. Keeps no connection, no cookie and no
 * credential, follows nothing, reads no environment, and ends at its deadline whatever the other side does.
 */
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { unlessAborted } from '../domain/abort.js';
import { Refusal, RookeryError } from '../domain/errors.js';
import { type ProxySettings, proxyFor } from '../domain/proxies.js';
import { codeOf } from '../files/errors.js';
import { ENCODINGS, readBody } from './body.js';
import { TimeLimitError } from './deadline.js';
import { type Address, type PinOptions, pinnedLookup } from './pinned-connect.js';

export interface HttpOptions extends PinOptions {
  /**
   * Proxies that requests go through. Names that this host cannot resolve are then the proxy's to judge, and it
   * resolves the others again: behind a proxy the last word on addresses is the proxy's.
   */
  readonly proxies?: ProxySettings | undefined;
  /** For a whole fetch with its redirects. Default: 30,000. */
  readonly totalMs?: number | undefined;
  /** Without a byte. Default: 10,000. */
  readonly idleMs?: number | undefined;
  /** Of the unpacked body. Default: 5 MiB. */
  readonly maxBytes?: number | undefined;
}

export interface HttpRequest {
  readonly url: URL;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether a body of that type is worth reading. Default: every one is. */
  readonly acceptsType?: (type: string) => boolean;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly url: URL;
  readonly status: number;
  /** The header `content-type`, empty if there is none. */
  readonly type: string;
  readonly location: string | undefined;
  /** As stated, packed. */
  readonly length: number | undefined;
  readonly bytes: Buffer;
  /** The body was longer than is read. */
  readonly cut: boolean;
}

export const TOTAL_MS = 30_000;
const IDLE_MS = 10_000;
const MAX_BYTES = 5 * 1024 * 1024;
const MAX_HEADER_BYTES = 32 * 1024;

/** Throws a Refusal for what the model can act on. */
export async function exchange(question: HttpRequest, options: HttpOptions = {}): Promise<HttpResponse> {
  const { url, signal } = question;
  let dispatcher: Dispatcher | undefined;
  try {
    // A resolver cannot be stopped, so the caller does not wait for it.
    const addresses = await unlessAborted(addressesOf(url, options), signal);
    dispatcher = await dispatcherFor(url, addresses, options);
    return await sendRequest(question, dispatcher, options.maxBytes ?? MAX_BYTES);
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(explain(url, signal.aborted ? signal.reason : error));
  } finally {
    await dispatcher?.destroy();
  }
}

export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

// ---

async function addressesOf(url: URL, options: HttpOptions): Promise<Address[]> {
  try {
    return await pinnedLookup(url.hostname, options);
  } catch (error) {
    if (proxyFor(url, options.proxies ?? {}) !== undefined && !(error instanceof Refusal)) return [];
    throw error;
  }
}

async function dispatcherFor(url: URL, addresses: readonly Address[], options: HttpOptions): Promise<Dispatcher> {
  const { Agent, ProxyAgent } = await import('undici');
  const idleMs = options.idleMs ?? IDLE_MS;
  const limits = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: idleMs, bodyTimeout: idleMs, connections: 1 };
  const proxy = proxyFor(url, options.proxies ?? {});
  if (proxy !== undefined) {
    // A tunnel to port 80 is what most proxies refuse.
    return new ProxyAgent({ uri: proxy.href, proxyTunnel: url.protocol === 'https:', ...limits });
  }
  // A literal is connected to without a lookup, and is the very text that was checked.
  const lookup: LookupFunction = (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
  return new Agent({ ...limits, connect: { lookup, timeout: idleMs } });
}

async function sendRequest(question: HttpRequest, dispatcher: Dispatcher, maxBytes: number): Promise<HttpResponse> {
  const { url, method = 'GET', headers = {}, body: sent, acceptsType = () => true, signal } = question;
  const { request } = await import('undici');
  const reply = await request(url, {
    dispatcher,
    method,
    headers: { 'user-agent': 'rookery', 'accept-encoding': ENCODINGS, ...headers },
    body: sent ?? null,
    signal,
  });
  const header = (name: string): string => [reply.headers[name] ?? []].flat().join(', ');
  const type = header('content-type');
  const about = { url, status: reply.statusCode, type, location: header('location') || undefined };
  const length = /^\d{1,15}$/.test(header('content-length')) ? Number(header('content-length')) : undefined;
  const stream: Readable = reply.body;
  stream.on('error', () => undefined);
  if (isRedirect(about.status) || !acceptsType(type)) {
    stream.destroy();
    return { ...about, length, bytes: Buffer.alloc(0), cut: false };
  }
  return { ...about, length, ...(await readBody(stream, header('content-encoding'), maxBytes)) };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EAI_AGAIN: 'its name could not be resolved',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ENOTFOUND: 'there is no such host',
  EPROTO: 'it does not speak TLS there',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_BODY_TIMEOUT: 'it stopped in the middle of the answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_OVERFLOW: 'its answer has too many headers',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
  UND_ERR_SOCKET: 'it closed the connection before the answer was complete',
};

/** A fixed message for every failure: those of the libraries may quote what was sent. */
function explain(url: URL, error: unknown): string {
  if (error instanceof TimeLimitError) return `${url.hostname} took longer than ${error.ms / 1000} s.`;
  if (error instanceof RookeryError) return `${url.hostname} could not be fetched: ${error.message}.`;
  const code = codeOf(error) ?? '';
  const reason =
    REASONS[code] ?? (/CERT|TLS|SSL|SELF_SIGNED|ISSUER/.test(code) ? `its certificate is not valid (${code})` : '');
  if (reason) return `${url.hostname} could not be fetched: ${reason}.`;
  if (/^(Z_|ERR_)/.test(code)) return `The answer of ${url.hostname} could not be unpacked.`;
  return `${url.hostname} could not be fetched${code === '' ? '' : `: ${code}`}.`;
}
