/**
 * From a host name to the addresses that a connection may use. All answers of the resolver are checked, once, and the
 * connection gets exactly these: a name that answers differently the next time (DNS rebinding) is never asked again.
 */
import { isIP } from 'node:net';
import { Refusal } from '../domain/errors.js';
import { isGlobalUnicast } from './addresses.js';

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** As `dns.lookup` with `all`. */
export type Resolve = (hostname: string) => Promise<readonly Address[]>;

/** Default: global unicast only. */
export type Allow = (address: string) => boolean;

export interface PinOptions {
  readonly resolve?: Resolve | undefined;
  readonly allow?: Allow | undefined;
}

/** Throws a Refusal when one address is not allowed, and what the resolver throws. */
export async function pinnedLookup(
  hostname: string,
  { resolve = lookup, allow = isGlobalUnicast }: PinOptions,
): Promise<Address[]> {
  const literal = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(literal);
  const found = family === 0 ? await resolve(hostname) : [{ address: literal, family }];
  if (found.length === 0) throw new Refusal(`${hostname} has no address.`);
  // One bad answer spoils all: a name of which a part leads inside is made for that.
  if (found.every(({ address }) => allow(address)))
    return found.map(({ address }) => ({ address, family: isIP(address) }));
  // Which address it is would tell the model of the network inside.
  throw new Refusal(`${hostname} is not on the public internet, so it is not fetched.`);
}

// ---

async function lookup(hostname: string): Promise<readonly Address[]> {
  const dns = await import('node:dns/promises');
  return dns.lookup(hostname, { all: true, verbatim: true });
}
