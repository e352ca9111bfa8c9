/**
 * The `fetch` that leaves this host: through a proxy where one is named, trusting further authorities where a file says
 * so, patient with slow models. Everything is a parameter; the environment is not read.
 */
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent, fetch as undiciFetch } from 'undici';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { FIXED } from '../domain/limits.js';
import { type ProxySettings, proxyFor, proxyName } from '../domain/proxies.js';
import { ThroughProxy } from './errors/broken-connection.js';
import type { Fetch } from './exchange.js';

export interface NetworkSettings extends ProxySettings {
  /** PEM files of authorities that are trusted in addition to the usual ones. */
  readonly extraCaFile?: string | readonly string[];
}

/** Later than the caller's own limit: the library's five minutes would cut a slow model. */
const PATIENCE_MS = FIXED.modelCallMs + 60_000;

export function createFetch(settings: NetworkSettings): Fetch {
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
  const send = undiciFetch as unknown as (url: unknown, init: object) => Promise<Response>;
  return async (url, init) => {
    const proxy = proxyFor(new URL(url instanceof Request ? url.url : url), settings);
    if (proxy === undefined) return send(url, { ...init, dispatcher: direct });
    try {
      return await send(url, { ...init, dispatcher: through(proxy) });
    } catch (error) {
      throw new ThroughProxy(proxyName(proxy), error);
    }
  };
}

// --- internal ---

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
