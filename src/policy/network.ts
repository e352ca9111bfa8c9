/**
 * The network of commands in the sandbox: what a call asks for, what `--allow network:HOST` and `network` of a rule give,
 * and whether the one covers the other. Addresses and localhost are only given by name in advance. Pure.
 */
import { RookeryError } from '../domain/errors.js';
import {
  coversEntry,
  isLocalEntry,
  isNetworkName,
  NETWORK_FORMS,
  type NetworkEntry,
  networkHosts,
  parseNetworkEntry,
  type Registries,
} from '../domain/network-entry.js';

/** What `--allow` says before a host. */
const NETWORK_PREFIX = 'network:';

export function isNetworkAllow(name: string): boolean {
  return name.startsWith(NETWORK_PREFIX);
}

/** The canonical form. Throws RookeryError 'usage' for what is no host. */
export function checkNetworkAllow(name: string): string {
  const host = name.slice(NETWORK_PREFIX.length).toLowerCase();
  if (isNetworkName(host)) return `${NETWORK_PREFIX}${host}`;
  throw new RookeryError('usage', `'${name}' names no host that a command could be given.`, {
    hint: `Write network: and ${NETWORK_FORMS}.`,
  });
}

/** The names in an allow list, without the prefix. A start that another program has signed may hold anything. */
export function namesAllowed(allow: readonly string[]): string[] {
  return allow
    .filter(isNetworkAllow)
    .map((name) => name.slice(NETWORK_PREFIX.length))
    .filter(isNetworkName);
}

export function entriesOf(names: readonly string[], registries?: Registries): NetworkEntry[] {
  return networkHosts(names, registries).flatMap((host) => parseNetworkEntry(host) ?? []);
}

/** @returns the entries of `wanted` that `given` does not cover */
export function uncovered(wanted: readonly NetworkEntry[], given: readonly NetworkEntry[]): NetworkEntry[] {
  return wanted.filter((entry) => !given.some((one) => coversEntry(one, entry)));
}

/** As written in the arguments; the hosts behind the name of a package manager in brackets. */
export function describeNetwork(names: readonly string[], registries?: Registries): string {
  return [...new Set(names.map((name) => name.toLowerCase()))]
    .map((name) => {
      const hosts = networkHosts([name], registries);
      return hosts.join() === name ? name : `${hosts.join(', ')} (${name})`;
    })
    .join(', ');
}

/** A host that only a person may give, by its name and in advance: an approval given in advance is none for it. */
export function firstLocal(names: readonly string[], missing: readonly NetworkEntry[]): string | undefined {
  const local = names.find((name) => {
    const entry = parseNetworkEntry(name);
    return entry !== undefined && isLocalEntry(entry) && uncovered([entry], missing).length === 0;
  });
  return local?.toLowerCase();
}

/** Whether a host pattern of a rule and a host that is given have a host in common. */
export function overlaps(pattern: string, { host, wildcard }: NetworkEntry): boolean {
  const ruled = pattern.toLowerCase().replace(/\.$/, '');
  const inner = ruled.replace(/^\*\./, '');
  const isWithin = (name: string, domain: string): boolean => name === domain || name.endsWith(`.${domain}`);
  if (ruled === host) return !wildcard;
  return (
    (ruled !== inner && isWithin(host, inner) && (wildcard || host !== inner)) || (wildcard && isWithin(inner, host))
  );
}
