/**
 * The `fetch` that leaves this host: through a proxy where one is named, trusting further authorities where a file says
 * so, patient with slow models. Everything is a parameter; the environment is not read.
 */
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { FIXED } from '../domain/limits.js';
import type { Fetch } from './exchange.js';

export interface NetworkSettings {
  readonly httpProxy?: string;
  /** Absent: the one for http, if there is one. */
  readonly httpsProxy?: string;
  /** Hosts that are reached without a proxy, as in `NO_PROXY`. */
  readonly noProxy?: string;
  /** PEM files of authorities that are trusted in addition to the usual ones. */
  readonly extraCaFile?: string | readonly string[];
}

/** Later than the caller's own limit: the library's five minutes would cut a slow model. */
const PATIENCE_MS = FIXED.modelCallMs + 60_000;

export function createFetch(settings: NetworkSettings): Fetch {
  const ca = authorities([settings.extraCaFile ?? []].flat());
  const tls = ca ? { connect: { ca }, requestTls: { ca }, proxyTls: { ca } } : {};
  const dispatcher = new EnvHttpProxyAgent({
    // Empty rather than absent: for what is absent the library reads the environment.
    httpProxy: settings.httpProxy ?? '',
    httpsProxy: settings.httpsProxy ?? '',
    noProxy: settings.noProxy ?? '',
    headersTimeout: PATIENCE_MS,
    bodyTimeout: PATIENCE_MS,
    ...tls,
  });
  const send = undiciFetch as unknown as (url: unknown, init: object) => Promise<Response>;
  return (url, init) => send(url, { ...init, dispatcher });
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
