/**
 * Which proxy a request goes through, by the rules of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. What runs on this host
 * is never asked through a proxy, which would look for it on its own host. Pure.
 */
import { RookeryError } from './errors.js';

export interface ProxySettings {
  readonly httpProxy?: string;
  /** Absent: the one for http, if there is one. */
  readonly httpsProxy?: string;
  /** Hosts that are reached without a proxy, as in `NO_PROXY`. */
  readonly noProxy?: string;
}

/**
 * What the environment says, in every spelling: small letters go first, as in most programs, and `ALL_PROXY` stands for
 * what is not set.
 */
export function proxySettingsOf(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  const named = (name: string): string | undefined => {
    const spellings = Object.keys(env).filter((one) => one.toLowerCase() === name);
    const [found] = [name, name.toUpperCase(), ...spellings].flatMap((one) => env[one]?.trim() || []);
    return found;
  };
  const all = named('all_proxy');
  const [httpProxy, httpsProxy, noProxy] = [named('http_proxy') ?? all, named('https_proxy') ?? all, named('no_proxy')];
  return { ...(httpProxy && { httpProxy }), ...(httpsProxy && { httpsProxy }), ...(noProxy && { noProxy }) };
}

/** @returns the URL of the proxy with its credentials; undefined for a direct connection. */
export function proxyFor(url: URL, { httpProxy, httpsProxy, noProxy }: ProxySettings): URL | undefined {
  const proxy = url.protocol === 'https:' ? httpsProxy || httpProxy : httpProxy;
  if (!proxy || isLoopback(url.hostname) || isExempt(url, noProxy ?? '')) return undefined;
  return parseProxy(proxy);
}

/**
 * The proxy to a Temporal server: gRPC reads `grpc_proxy`, `https_proxy` and `http_proxy`, in small letters only, and no
 * protocol but HTTP.
 */
export function grpcProxyFor(address: string, env: Readonly<Record<string, string | undefined>>): URL | undefined {
  const proxy = env.grpc_proxy || env.https_proxy || env.http_proxy;
  const noProxy = env.no_grpc_proxy || env.no_proxy;
  const target = `https://${address}`;
  if (!proxy || !URL.canParse(target)) return undefined;
  const found = proxyFor(new URL(target), { httpsProxy: proxy, ...(noProxy && { noProxy }) });
  return found?.protocol === 'http:' ? found : undefined;
}

/** For sentences: a proxy's URL may hold a password. */
export function proxyName({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

/** `localhost`, 127.0.0.0/8, `::1`, and the unspecified addresses, which lead to this host as well. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$|\.$/g, '');
  return /^(.+\.)?localhost$|^(::ffff:)?127\.\d+\.\d+\.\d+$|^::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}$|^::1?$|^0\.0\.0\.0$/.test(
    host,
  );
}

// ---

function parseProxy(text: string): URL {
  const full = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url?.protocol === 'socks5h:') return parseProxy(full.replace(/^socks5h/i, 'socks5'));
  if (url && /^(https?|socks5?):$/.test(url.protocol) && url.hostname !== '') return url;
  throw new RookeryError('environment', 'the proxy in the environment is not a URL such as http://proxy.example:3128', {
    hint: 'correct HTTP_PROXY, HTTPS_PROXY and ALL_PROXY (or the same in small letters)',
  });
}

function isExempt(url: URL, noProxy: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const host = url.hostname.toLowerCase();
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*' || host === `[${entry}]`) return true;
      const [, name = '', only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (name === '' || (only !== undefined && only !== port)) return false;
      return host === name || host.endsWith(`.${name}`) || isInNetwork(host, name);
    });
}

/** `10.0.0.0/8`. */
function isInNetwork(host: string, network: string): boolean {
  const [base = '', length = ''] = network.split('/');
  const [at, from] = [ipv4(host), ipv4(base)];
  if (at === undefined || from === undefined || !/^\d+$/.test(length) || Number(length) > 32) return false;
  const size = 2 ** (32 - Number(length));
  return Math.floor(at / size) === Math.floor(from / size);
}

function ipv4(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  return text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}
