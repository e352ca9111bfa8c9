/** The proxies that the environment names, for requests that leave this host. Small letters go first, as with curl. */
import type { ProxySettings } from '../domain/proxies.js';

export function proxiesIn(env: NodeJS.ProcessEnv): ProxySettings {
  const named = Object.entries(VARIABLES).flatMap(([name, variable]) => {
    const value = env[variable.toLowerCase()] || env[variable];
    return value ? [[name, value] as const] : [];
  });
  return Object.fromEntries(named);
}

// ---

const VARIABLES = { httpProxy: 'HTTP_PROXY', httpsProxy: 'HTTPS_PROXY', noProxy: 'NO_PROXY' } as const;
