/**
 * Which addresses are those of the public internet. Pure: it looks at the text of one address and at nothing else.
 * Whatever is not certainly public is not: an odd spelling, a zone, an address that carries another one inside.
 */
import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** True only for a global unicast address in its plain spelling, as a resolver or `URL` gives it. */
export function isGlobalUnicast(address: string): boolean {
  // Node's own judgement first: the library also reads octal and short forms, which others may read otherwise.
  if (isIPv4(address)) return isPublicV4(ipaddr.IPv4.parse(address));
  // A zone is an interface of this host: never the internet.
  if (isIPv6(address) && !address.includes('%')) return isPublicV6(ipaddr.IPv6.parse(address));
  return false;
}

// ---

type V4 = ReturnType<typeof ipaddr.IPv4.parse>;
type V6 = ReturnType<typeof ipaddr.IPv6.parse>;

/** The library knows the special-purpose registry; this is what looks public and is a cloud's inside. */
const AZURE_PLATFORM = '168.63.129.16';

function isPublicV4(address: V4): boolean {
  return address.range() === 'unicast' && address.toString() !== AZURE_PLATFORM;
}

/**
 * Of IPv6 only 2000::/3 is given out. That alone leaves out what embeds IPv4 in the lower part of the space: mapped
 * (::ffff:0:0/96), compatible (::/96), translated (::ffff:0:0:0/96), NAT64 (64:ff9b::/96 and 64:ff9b:1::/48).
 * All of them are out whatever they carry, because who unpacks them, and to where, is not known here: on a network
 * with nothing but NAT64 this costs the sites that have no IPv6.
 */
function isPublicV6(address: V6): boolean {
  const [first = 0] = address.parts;
  if (first >> 13 !== 1 || address.range() !== 'unicast') return false;
  return first !== SIXBONE && !isIsatap(address);
}

/** 3ffe::/16, the test network of the nineties, was handed back. */
const SIXBONE = 0x3ffe;

/**
 * ISATAP carries IPv4 in the lower half, behind any prefix (RFC 5214). 6to4 and Teredo, server and hidden client alike,
 * go by their prefix. 6rd (RFC 5969) and NAT64 behind a network's own prefix cannot be told from ordinary addresses:
 * prefix and offset are the provider's, known only to its routers, which are what must not unpack private ones.
 */
function isIsatap({ parts }: V6): boolean {
  return ((parts[4] ?? 0) & ~0x0300) === 0 && parts[5] === 0x5efe;
}
