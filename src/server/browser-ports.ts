/**
 * Ports that no browser connects to: those of the "bad ports" of the Fetch standard that Chromium and Firefox both refuse.
 * Listeners that answer any Host header use these: no page can send them even a blind POST.
 */
import { randomInt } from 'node:crypto';

const RARELY_USED: readonly number[] = [1719, 1720, 1723, 3659, 4045, 6566, 6665, 6666, 6667, 6668, 6669, 6697, 10_080];
/** SIP and X11: other software on this machine may need them later. */
const SIP_AND_X11: readonly number[] = [5060, 5061, 6000];

export function isBrowserBlocked(port: number): boolean {
  return RARELY_USED.includes(port) || SIP_AND_X11.includes(port);
}

/** All blocked ports, from a random start: servers that start at the same moment should not try the same one. */
export function browserBlockedPorts(): number[] {
  const start = randomInt(RARELY_USED.length);
  return [...RARELY_USED.slice(start), ...RARELY_USED.slice(0, start), ...SIP_AND_X11];
}

/** A random loopback address: Linux has all of 127.0.0.0/8, other systems only 127.0.0.1. */
export function ownLoopbackAddress(platform = process.platform): string {
  const octet = (): number => randomInt(2, 255);
  return platform === 'linux' ? `127.${octet()}.${octet()}.${octet()}` : '127.0.0.1';
}
