/**
 * The network of a shell command in the sandbox: the hosts that it asks for and is given, the package registries of the
 * person's environment, and the hint for a command that wanted a host which it did not have.
 */
import { z } from 'zod';
import {
  isNetworkName,
  NETWORK_FORMS,
  networkHosts,
  PUBLIC_REGISTRIES,
  parseNetworkEntry,
  type Registries,
  registryGroupOf,
} from '../domain/network-entry.js';
import { proxySettingsOf } from '../domain/proxies.js';
import { registriesOf, registryVariables } from '../domain/registries.js';
import type { SandboxRequest } from '../sandbox/sandbox.js';

type Environment = Readonly<Record<string, string | undefined>>;

const MAX_HOSTS = 16;

/** The argument `network` of the tool. */
export const networkArgument = z
  .array(z.string().refine(isNetworkName, `write ${NETWORK_FORMS}`))
  .min(1)
  .max(MAX_HOSTS)
  .optional()
  .describe(
    'Hosts that the command needs, which a person is asked for: names such as registry.example.org (port 443 or 80, or ' +
      `host:port), or ${Object.keys(PUBLIC_REGISTRIES).join(', ')} for the package registries. Default: none.`,
  );

/** For `touches`: also of arguments that nothing has checked. */
export function askedNetwork(network: unknown): { network?: readonly string[] } {
  const names = Array.isArray(network) ? network.filter((name) => typeof name === 'string') : [];
  return names.length === 0 ? {} : { network: names };
}

/**
 * What of the worker's environment a command needs to find its registries. Without a network npm would wait for more than a
 * minute before it says so.
 */
export function networkEnvironment(env: Environment, hasNetwork: boolean): Record<string, string> {
  return { ...(hasNetwork ? {} : { npm_config_fetch_retries: '0' }), ...registryVariables(env) };
}

/** `given` without having been asked for, `asked` for by the call, which was judged with it. */
export function networkRequest(
  { given = [], asked = [] }: { given?: readonly string[] | undefined; asked?: readonly string[] | undefined },
  env: Environment,
): Pick<SandboxRequest, 'named' | 'proxies'> {
  const named = networkHosts([...given, ...asked], registriesOf(env));
  return named.length > 0 ? { proxies: proxySettingsOf(env), named } : {};
}

/** What a command printed and what the sandbox refused, as a note for the model; empty where no host was missed. */
export function networkHint(
  command: string,
  { printed, hits }: { printed: string; hits: readonly string[] },
  env: Environment,
): string[] {
  const registries = registriesOf(env);
  const refused = hits.flatMap((hit) => /^no connection to (\S+): it is not on the list/.exec(hit)?.[1] ?? []);
  const missed = [...refused.flatMap(hostIn), ...hostsMissed(printed)];
  const found = missed.length > 0 || !NO_NAMES.test(printed) ? missed : hostsOfManager(command, registries);
  const hosts = [...new Set(found)].slice(0, MAX_HOSTS);
  if (hosts.length === 0) return [];
  const names = [...new Set(hosts.map((host) => registryGroupOf(host, registries) ?? host))];
  const which = hosts.length === 1 ? `${hosts[0]} was` : `${hosts.join(', ')} were`;
  return [
    `no network in the sandbox; ${which} asked for: call shell again with "network": ${JSON.stringify(names)}, ` +
      `and a person is asked. A person can allow it in advance with --allow ${names.map((name) => `network:${name}`).join(',')}`,
  ];
}

// ---

/** The end of a long output says what went wrong. */
const LOOKED_AT = 16 * 1024;

const HOST = String.raw`((?:[A-Za-z0-9_-]+\.)+[A-Za-z0-9-]+)`;
/** Node and npm, curl and git and cargo, wget, Go, pip and uv, Java, apt. */
const MESSAGES: readonly RegExp[] = [
  `getaddrinfo (?:EAI_AGAIN|ENOTFOUND) ${HOST}`,
  `[Cc]ould not resolve host(?:name)?:? ${HOST}`,
  `unable to resolve host address .${HOST}`,
  `dial tcp: lookup ${HOST}`,
  `Failed to resolve '${HOST}'`,
  `host='${HOST}', port=\\d+\\).{0,200}(?:name resolution|NewConnectionError)`,
  `error sending request for url \\(https?://${HOST}`,
  `UnknownHostException: ${HOST}`,
  `Temporary failure resolving '${HOST}'`,
].map((source) => new RegExp(source, 'g'));

/** The failure without the host: pip prints only this before it gives up. */
const NO_NAMES = /Temporary failure in name resolution|Name or service not known|EAI_AGAIN/;

const MANAGERS: Readonly<Record<string, RegExp>> = {
  npm: /\b(?:npm|npx|yarn|pnpm)\b/,
  pip: /\b(?:pip3?|uv|uvx|poetry|pipenv)\b/,
  cargo: /\bcargo\b/,
  go: /\bgo\b/,
};

function hostsMissed(printed: string): string[] {
  const end = printed.slice(-LOOKED_AT);
  return MESSAGES.flatMap((message) => [...end.matchAll(message)].flatMap(([, host = '']) => hostIn(host)));
}

function hostIn(text: string): string[] {
  const authority = text.replace(/^https?:\/\//i, '').replace(/[/?#].*$/, '');
  const host = authority.toLowerCase().replace(/:(?:443|80)$/, '');
  return parseNetworkEntry(host) && isNetworkName(host) ? [host] : [];
}

function hostsOfManager(command: string, registries: Registries): readonly string[] {
  const manager = Object.keys(MANAGERS).find((name) => MANAGERS[name]?.test(command));
  return (manager && registries[manager]) || [];
}
