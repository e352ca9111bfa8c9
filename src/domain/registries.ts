/**
 * The package registries of a person's environment: the mirrors that npm, pip, cargo and go are told to use there, and
 * the variables that a command in the sandbox gets so that it asks the same ones. Never a password. Pure.
 */
import { PUBLIC_REGISTRIES, parseNetworkEntry, type Registries } from './network-entry.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The hosts of the mirrors where one is set, else the public ones. */
export function registriesOf(env: Environment): Registries {
  const found = Object.entries(PUBLIC_REGISTRIES).map(([manager, known]) => {
    const { instead = [], beside = [] } = MIRRORS[manager] ?? {};
    const mirrors = hostsIn(env, instead);
    const main = mirrors.length === 0 || mirrors.some((host) => known.includes(host)) ? known : [];
    // A mirror of Go modules seldom serves the checksums, which are asked for all the same.
    const checksums = manager === 'go' && env.GOSUMDB !== 'off' ? ['sum.golang.org'] : [];
    return [manager, [...new Set([...mirrors, ...main, ...hostsIn(env, beside), ...checksums])]] as const;
  });
  return Object.fromEntries(found);
}

/** For a command in the sandbox. A user name or password in a URL is removed. */
export function registryVariables(env: Environment): Record<string, string> {
  const found = PASSED.flatMap((name) => {
    const value = env[name];
    return value === undefined || value === '' ? [] : [[name, withoutUsers(value)] as const];
  });
  return Object.fromEntries(found);
}

// ---

interface Mirrors {
  /** Variables that name another registry instead of the public one. */
  readonly instead?: readonly string[];
  readonly beside?: readonly string[];
}

const MIRRORS: Readonly<Record<string, Mirrors>> = {
  npm: { instead: ['npm_config_registry', 'NPM_CONFIG_REGISTRY', 'YARN_NPM_REGISTRY_SERVER'] },
  pip: {
    instead: ['PIP_INDEX_URL', 'UV_INDEX_URL', 'UV_DEFAULT_INDEX'],
    beside: ['PIP_EXTRA_INDEX_URL', 'UV_EXTRA_INDEX_URL'],
  },
  go: { instead: ['GOPROXY'] },
};

/** The authorities of companies whose proxies read TLS are files that are no secret. */
const PASSED: readonly string[] = [
  ...Object.values(MIRRORS).flatMap(({ instead = [], beside = [] }) => [...instead, ...beside]),
  ...['GOSUMDB', 'GONOSUMDB', 'GOPRIVATE', 'GONOPROXY', 'GOINSECURE', 'PIP_TRUSTED_HOST'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'PIP_CERT', 'CURL_CA_BUNDLE'],
  ...['CARGO_HTTP_CAINFO', 'GIT_SSL_CAINFO', 'npm_config_cafile', 'NPM_CONFIG_CAFILE'],
];

/** A list of GOPROXY is separated by commas and bars, others by spaces. */
function hostsIn(env: Environment, names: readonly string[]): string[] {
  const texts = names.flatMap((name) => (env[name] ?? '').split(/[\s,|]+/));
  const urls = texts.filter((text) => /^https?:\/\//i.test(text) && URL.canParse(text)).map((text) => new URL(text));
  const hosts = urls.map(({ hostname, port }) => `${hostname.replace(/\.$/, '')}${port === '' ? '' : `:${port}`}`);
  return hosts.filter((host) => parseNetworkEntry(host) !== undefined);
}

function withoutUsers(value: string): string {
  return value.replace(/(https?:\/\/)[^/@\s,|]*@/gi, '$1');
}
