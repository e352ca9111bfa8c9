/**
 * Host names in the canonical form in which they are compared. A name that two programs could read differently is not
 * valid: the check and the connection must use the same name.
 */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { RookeryError } from '../domain/errors.js';
import { coversEntry, isLocalEntry, type NetworkEntry, parseNetworkEntry } from '../domain/network-entry.js';

export interface Target {
  /** Lower case, without a dot at the end; addresses as they were written. */
  readonly host: string;
  readonly port: number;
}

/** The allowed hosts. Throws a RookeryError for an invalid name. */
export function allowList(names: readonly string[]): (target: Target) => boolean {
  const entries = names.map(entryOf);
  return (target) => entries.some((entry) => coversEntry(entry, { ...target, wildcard: false }));
}

/** The addresses and the localhost among the names: whatever they lead to was meant. Throws as `allowList` does. */
export function namedAddresses(names: readonly string[]): (target: Target) => boolean {
  return allowList(names.filter((name) => isLocalEntry(entryOf(name))));
}

/** @returns the `host:port` of a CONNECT request; undefined when the text has another form. */
export function parseTarget(text: string, defaultPort?: number): Target | undefined {
  const [, bracketed, name, digits] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::([0-9]{1,5}))?$/i.exec(text) ?? [];
  const host =
    bracketed === undefined ? canonicalHost(name ?? '') : isIP(bracketed) === 6 ? bracketed.toLowerCase() : undefined;
  const port = digits === undefined ? defaultPort : Number(digits);
  return host === undefined || port === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** ASCII only: an international name is written as xn--, so that look-alikes stay different. */
export function canonicalHost(text: string): string | undefined {
  const name = text.toLowerCase().replace(/\.$/, '');
  if (name.length > 253 || !NAME.test(name)) return undefined;
  // 127.1, 0x7f.1 and 2130706433 are addresses to some programs and names to others.
  if (NUMERIC.test(name) && isIP(name) !== 4) return undefined;
  return name;
}

// ---

const NAME = /^(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*$/;
const NUMERIC = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/;

function entryOf(text: string): NetworkEntry {
  const entry = parseNetworkEntry(
    text.replace(/^(\*\.)?([^:[\]]+)/, (_, star = '', name: string) => star + (domainToASCII(name) || name)),
  );
  if (entry) return entry;
  throw new RookeryError('bad_input', `'${text}' is not the name of a host.`, {
    hint: 'Write example.org, example.org:8443 or *.example.org.',
  });
}
