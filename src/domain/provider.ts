/**
 * The providers, named as in the files: one row for each, from which keys, hosts, defaults, adapters and help come. Adding a
 * provider that speaks the protocol of OpenAI means adding a row here.
 */

/** How a provider is spoken to. `compatible`: the protocol of OpenAI's chat completions, as others serve it. */
export type Adapter = 'openai' | 'anthropic' | 'compatible' | 'demo';

export interface ProviderRow {
  /** Base URL with its version path; null: nothing is asked over the network. */
  readonly home: string | null;
  /** Environment variable of its key; absent: it takes none. */
  readonly keyVariable?: string;
  /** It cannot be asked at its home without a key. */
  readonly needsKey: boolean;
  /** The vendor's own environment variable for another base URL. */
  readonly endpointVariable?: string;
  readonly defaultModel: string;
  readonly adapter: Adapter;
}

export const PROVIDERS = Object.freeze({
  openai: {
    home: 'https://api.openai.com/v1',
    keyVariable: 'OPENAI_API_KEY',
    needsKey: true,
    endpointVariable: 'OPENAI_BASE_URL',
    defaultModel: 'gpt-4o-mini',
    adapter: 'openai',
  },
  anthropic: {
    home: 'https://api.anthropic.com/v1',
    keyVariable: 'ANTHROPIC_API_KEY',
    needsKey: true,
    endpointVariable: 'ANTHROPIC_BASE_URL',
    defaultModel: 'claude-sonnet-4-5',
    adapter: 'anthropic',
  },
  ollama: {
    home: 'http://127.0.0.1:11434/v1',
    needsKey: false,
    endpointVariable: 'OLLAMA_HOST',
    defaultModel: 'llama3.1',
    adapter: 'compatible',
  },
  openrouter: {
    home: 'https://openrouter.ai/api/v1',
    keyVariable: 'OPENROUTER_API_KEY',
    needsKey: true,
    defaultModel: 'openai/gpt-4o-mini',
    adapter: 'compatible',
  },
  litellm: {
    home: 'http://localhost:4000/v1',
    keyVariable: 'LITELLM_API_KEY',
    needsKey: false,
    defaultModel: 'gpt-4o-mini',
    adapter: 'compatible',
  },
  demo: { home: null, needsKey: false, defaultModel: 'demo', adapter: 'demo' },
} as const satisfies Readonly<Record<string, ProviderRow>>);

export type Provider = keyof typeof PROVIDERS;

/** In the order in which they are listed. */
export const PROVIDER_NAMES = Object.freeze(Object.keys(PROVIDERS)) as readonly [Provider, ...Provider[]];

export function providerRow(provider: Provider): ProviderRow {
  return PROVIDERS[provider];
}

/** The base URL of a provider that is asked over the network. */
export function homeOf(provider: Exclude<Provider, 'demo'>): string {
  return PROVIDERS[provider].home;
}
