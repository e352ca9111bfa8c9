/**
 * The names of hosts that a person gives to commands in the sandbox: `registry.npmjs.org`, with a port, with `*.` for all
 * subdomains, or the name of a package manager for its registries. ASCII only, so that look-alikes stay different. Pure.
 */

export interface NetworkEntry {
  /** Lower case, without a dot at the end; an IPv6 address without brackets. */
  readonly host: string;
  /** Every subdomain of the host, at any depth, without the host itself. */
  readonly wildcard: boolean;
  /** Absent: 80 and 443. */
  readonly port?: number;
}

/** Hosts by the name of a package manager. */
export type Registries = Readonly<Record<string, readonly string[]>>;

export const PUBLIC_REGISTRIES: Registries = Object.freeze({
  npm: ['registry.npmjs.org'],
  pip: ['pypi.org', 'files.pythonhosted.org'],
  cargo: ['index.crates.io', 'static.crates.io'],
  go: ['proxy.golang.org', 'sum.golang.org'],
});

/** What a name looks like, for the errors about one that is none. */
export const NETWORK_FORMS = `a host such as registry.npmjs.org, registry.example.org:8443 or *.example.org, or one of ${Object.keys(PUBLIC_REGISTRIES).join(', ')}`;

/** @returns undefined for a text that is no host. */
export function parseNetworkEntry(text: string): NetworkEntry | undefined {
  const [, star, bracketed, plain = '', digits] = FORM.exec(text.toLowerCase()) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  const rest = port === undefined ? {} : { port };
  if (bracketed !== undefined) {
    return star === undefined && URL.canParse(`http://[${bracketed}]/`)
      ? { host: bracketed, wildcard: false, ...rest }
      : undefined;
  }
  const host = plain.replace(/\.$/, '');
  if (host.length > 253 || !NAME.test(host)) return undefined;
  // 127.1, 0x7f.1 and 2130706433 are addresses to some programs and names to others.
  if (NUMERIC.test(host) && !isIPv4(host)) return undefined;
  // `*.com` would be most of the internet.
  if (star !== undefined && (isIPv4(host) || !host.includes('.'))) return undefined;
  return { host, wildcard: star !== undefined, ...rest };
}

/** Whether `--allow network:` and rules take it. A single word without a port is nearly always a misspelt group. */
export function isNetworkName(text: string): boolean {
  const entry = parseNetworkEntry(text);
  const isWord = entry?.port === undefined && !/[.:]|^localhost$/.test(entry?.host ?? '');
  return isGroup(text) || (entry !== undefined && !isWord);
}

/** The hosts that names stand for; names that are no hosts are left out. */
export function networkHosts(names: readonly string[], registries: Registries = PUBLIC_REGISTRIES): string[] {
  const hosts = names.flatMap((name) =>
    isGroup(name) ? [...(registries[name.toLowerCase()] ?? [])] : parseNetworkEntry(name) ? [name.toLowerCase()] : [],
  );
  return [...new Set(hosts)];
}

/** The package manager whose registries include the host. */
export function registryGroupOf(host: string, registries: Registries): string | undefined {
  return Object.keys(PUBLIC_REGISTRIES).find((name) => registries[name]?.includes(host));
}

/** Whether each host and port of `wanted` is among those of `given`. */
export function coversEntry(given: NetworkEntry, wanted: NetworkEntry): boolean {
  const isWithin = given.wildcard
    ? wanted.host.endsWith(`.${given.host}`) || (wanted.wildcard && wanted.host === given.host)
    : !wanted.wildcard && wanted.host === given.host;
  return isWithin && portsOf(wanted).every((port) => portsOf(given).includes(port));
}

export function portsOf({ port }: NetworkEntry): readonly number[] {
  return port === undefined ? USUAL_PORTS : [port];
}

/** This host, or an address: what a name leads to cannot be judged by its owner's name. */
export function isLocalEntry({ host }: NetworkEntry): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host.includes(':') || isIPv4(host);
}

// ---

const FORM = /^(\*\.)?(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::([0-9]{1,5}))?$/;
const NAME = /^(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*$/;
const NUMERIC = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/;
const USUAL_PORTS: readonly number[] = [80, 443];

function isGroup(name: string): boolean {
  return Object.hasOwn(PUBLIC_REGISTRIES, name.toLowerCase());
}

function isIPv4(host: string): boolean {
  const octets = host.split('.');
  return octets.length === 4 && octets.every((one) => /^(0|[1-9]\d{0,2})$/.test(one) && Number(one) <= 255);
}
