/** The search engine of a worker: a SearXNG address or a key. Keys come from the environment only. */
import { RookeryError } from '../domain/errors.js';
import type { Settings } from './settings.js';

export const SEARCH_KEY_VARIABLES = { brave: 'BRAVE_API_KEY', tavily: 'TAVILY_API_KEY' } as const;

export interface WebSettings {
  readonly searxng?: string;
  readonly braveKey?: string;
  readonly tavilyKey?: string;
}

/** Empty when none is configured: then `web_search` is absent. */
export function webSettings({ searxng }: Pick<Settings, 'searxng'>, env: NodeJS.ProcessEnv): WebSettings {
  const braveKey = keyIn(env, SEARCH_KEY_VARIABLES.brave);
  const tavilyKey = keyIn(env, SEARCH_KEY_VARIABLES.tavily);
  return {
    ...(searxng.value !== undefined && { searxng: searxng.value }),
    ...(braveKey !== undefined && { braveKey }),
    ...(tavilyKey !== undefined && { tavilyKey }),
  };
}

// ---

function keyIn(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const key = env[name]?.trim() || undefined;
  if (key === undefined || /^[\x21-\x7e]+$/.test(key)) return key;
  throw new RookeryError('missing_key', `${name} holds characters that no key has`, { hint: `Set ${name} again` });
}
