/**
 * The way from the sandbox's proxy to a target: to an address that was checked, through the proxy of this host's user, or
 * none. Each name is resolved once, and the connection gets that answer.
 */
import { lookup as systemLookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isLoopback, type ProxySettings, proxyFor, proxyName } from '../domain/proxies.js';
import { isGlobalUnicast } from '../net/addresses.js';
import { parseTarget, type Target } from './hosts.js';
import { isSpoken } from './upstream.js';

export type Way =
  | { readonly kind: 'direct'; readonly address: string }
  | { readonly kind: 'proxy'; readonly proxy: URL }
  /** `name`: what is refused, with the reason in brackets where the host itself is allowed. */
  | { readonly kind: 'none'; readonly name: string | undefined };

export interface HostMap {
  readonly allowed: (target: Target) => boolean;
  readonly isNamedAddress: (target: Target) => boolean;
  readonly proxies?: ProxySettings | undefined;
  /** For tests. */
  readonly lookup?: ((host: string) => Promise<string[]>) | undefined;
  readonly isAllowedAddress?: ((address: string) => boolean) | undefined;
}

export interface WayRequest {
  readonly protocol: 'http:' | 'https:';
  readonly request: IncomingMessage;
  readonly target: Target | undefined;
}

export async function wayTo({ protocol, request, target }: WayRequest, map: HostMap): Promise<Way> {
  if (!target || !sameHost(request, target) || !map.allowed(target)) return { kind: 'none', name: request.url };
  const { host, port } = target;
  const none = (why: string): Way => ({ kind: 'none', name: `${host}:${port} (${why})` });
  const addresses = await allowedAddresses(target, map);
  if (addresses === undefined) return none('it is not on the public internet');
  const proxy = proxyFor(new URL(`${protocol}//${urlHost(host)}:${port}`), map.proxies ?? {});
  // A name that only the proxy can resolve is its to judge.
  if (proxy) return isSpoken(proxy) ? { kind: 'proxy', proxy } : none(`${proxyName(proxy)} is not an HTTP proxy`);
  const [address] = addresses;
  return address === undefined ? none('it has no address') : { kind: 'direct', address };
}

// ---

/** @returns undefined when one of them is not allowed */
async function allowedAddresses(
  target: Target,
  { lookup = resolve, isAllowedAddress = isGlobalUnicast, isNamedAddress }: HostMap,
): Promise<string[] | undefined> {
  const isLiteral = isIP(target.host) !== 0;
  const addresses = isLiteral ? [target.host] : await lookup(target.host).catch(() => []);
  // An address that was named is itself; `localhost` leads to this host whatever a resolver says.
  const isMeant = (one: string): boolean => isNamedAddress(target) && (isLiteral || isLoopback(one));
  return addresses.every((one) => isAllowedAddress(one) || isMeant(one)) ? addresses : undefined;
}

function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
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

async function resolve(host: string): Promise<string[]> {
  return (await systemLookup(host, { all: true })).map(({ address }) => address);
}
