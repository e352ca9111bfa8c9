/**
 * The providers, named as in the files: one row for each, from which keys, hosts, defaults, adapters and help come. A
 * provider that speaks the protocol of OpenAI's chat completions needs a row here and nothing else.
 */

/** Which API a provider speaks. `chat`: OpenAI's chat completions. `responses`: OpenAI's own API. */
export type Adapter =
  | 'chat'
  | 'responses'
  | 'anthropic'
  | 'openrouter'
  | 'google'
  | 'azure'
  | 'bedrock'
  | 'vertex'
  | 'mistral'
  | 'groq'
  | 'xai'
  | 'deepseek'
  | 'together'
  | 'demo';

/** The header that carries the key. `package`: the provider's package signs the request. */
export type Credential = 'bearer' | 'x-api-key' | 'x-goog-api-key' | 'api-key' | 'package';

export interface ProviderRow {
  /**
   * Base URL with its version path; `{NAME}` stands for an environment variable of the worker. null: not asked over the
   * network.
   */
  readonly home: string | null;
  /** Environment variable of its key; absent: it takes none. */
  readonly keyVariable?: string;
  /** It cannot be asked at its home without a key. */
  readonly needsKey: boolean;
  /** The vendor's own environment variable for another base URL. */
  readonly endpointVariable?: string;
  readonly defaultModel: string;
  readonly adapter: Adapter;
  /** Default: `bearer`. */
  readonly credential?: Credential;
  /** What a base URL without a version gets appended. Default: `/v1`. */
  readonly versionPath?: string;
  /** The optional npm package of its adapter, loaded on demand. Absent: installed with this one. */
  readonly package?: string;
  /** Further environment variables that its package reads: credentials of a cloud. Values are secret. */
  readonly secretVariables?: readonly string[];
}

export const PROVIDERS = Object.freeze({
  openai: {
    home: 'https://api.openai.com/v1',
    keyVariable: 'OPENAI_API_KEY',
    needsKey: true,
    endpointVariable: 'OPENAI_BASE_URL',
    defaultModel: 'gpt-5.4-mini',
    adapter: 'responses',
  },
  anthropic: {
    home: 'https://api.anthropic.com/v1',
    keyVariable: 'ANTHROPIC_API_KEY',
    needsKey: true,
    endpointVariable: 'ANTHROPIC_BASE_URL',
    defaultModel: 'claude-sonnet-5-5',
    adapter: 'anthropic',
    credential: 'x-api-key',
  },
  ollama: {
    home: 'http://127.0.0.1:11434/v1',
    needsKey: false,
    endpointVariable: 'OLLAMA_HOST',
    defaultModel: 'qwen3',
    adapter: 'chat',
  },
  openrouter: {
    home: 'https://openrouter.ai/api/v1',
    keyVariable: 'OPENROUTER_API_KEY',
    needsKey: true,
    defaultModel: 'openai/gpt-5.4-mini',
    adapter: 'openrouter',
  },
  litellm: {
    home: 'http://localhost:4000/v1',
    keyVariable: 'LITELLM_API_KEY',
    needsKey: false,
    defaultModel: 'gpt-5.4-mini',
    adapter: 'chat',
  },
  google: {
    home: 'https://generativelanguage.googleapis.com/v1beta',
    keyVariable: 'GEMINI_API_KEY',
    needsKey: true,
    defaultModel: 'gemini-3.8-flash',
    adapter: 'google',
    versionPath: '/v1beta',
    credential: 'x-goog-api-key',
    package: '@ai-sdk/google',
  },
  azure: {
    home: 'https://{AZURE_RESOURCE_NAME}.openai.azure.com/openai/v1',
    keyVariable: 'AZURE_API_KEY',
    needsKey: true,
    defaultModel: 'gpt-5.4-mini',
    adapter: 'azure',
    versionPath: '/openai/v1',
    credential: 'api-key',
    package: '@ai-sdk/azure',
  },
  bedrock: {
    home: 'https://bedrock-runtime.{AWS_REGION}.amazonaws.com',
    needsKey: false,
    defaultModel: 'anthropic.claude-sonnet-5-5',
    adapter: 'bedrock',
    versionPath: '',
    credential: 'package',
    package: '@ai-sdk/amazon-bedrock',
    secretVariables: ['AWS_BEARER_TOKEN_BEDROCK', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  },
  vertex: {
    home: 'https://{GOOGLE_VERTEX_LOCATION}-aiplatform.googleapis.com/v1beta1/projects/{GOOGLE_VERTEX_PROJECT}/locations/{GOOGLE_VERTEX_LOCATION}/publishers/google',
    needsKey: false,
    defaultModel: 'gemini-3.8-flash',
    adapter: 'vertex',
    versionPath: '',
    credential: 'package',
    package: '@ai-sdk/google-vertex',
  },
  mistral: {
    home: 'https://api.mistral.ai/v1',
    keyVariable: 'MISTRAL_API_KEY',
    needsKey: true,
    defaultModel: 'mistral-large-latest',
    adapter: 'mistral',
    package: '@ai-sdk/mistral',
  },
  groq: {
    home: 'https://api.groq.com/openai/v1',
    keyVariable: 'GROQ_API_KEY',
    needsKey: true,
    defaultModel: 'openai/gpt-oss-120b',
    adapter: 'groq',
    versionPath: '/openai/v1',
    package: '@ai-sdk/groq',
  },
  xai: {
    home: 'https://api.x.ai/v1',
    keyVariable: 'XAI_API_KEY',
    needsKey: true,
    defaultModel: 'grok-4.7',
    adapter: 'xai',
    package: '@ai-sdk/xai',
  },
  deepseek: {
    home: 'https://api.deepseek.com',
    keyVariable: 'DEEPSEEK_API_KEY',
    needsKey: true,
    defaultModel: 'deepseek-v4-flash',
    adapter: 'deepseek',
    versionPath: '',
    package: '@ai-sdk/deepseek',
  },
  together: {
    home: 'https://api.together.xyz/v1',
    keyVariable: 'TOGETHER_API_KEY',
    needsKey: true,
    defaultModel: 'deepseek-ai/DeepSeek-V4-Flash-0731',
    adapter: 'together',
    package: '@ai-sdk/togetherai',
  },
  demo: { home: null, needsKey: false, defaultModel: 'demo', adapter: 'demo' },
} as const satisfies Readonly<Record<string, ProviderRow>>);

export type Provider = keyof typeof PROVIDERS;

/** What a task names: a provider, or a model that its workers have under a name of their own. */
export type ProviderName = Provider | (string & Record<never, never>);

/** In the order in which they are listed. */
export const PROVIDER_NAMES = Object.freeze(Object.keys(PROVIDERS)) as readonly [Provider, ...Provider[]];

export function isProvider(name: string): name is Provider {
  return Object.hasOwn(PROVIDERS, name);
}

export function providerRow(provider: Provider): ProviderRow {
  return PROVIDERS[provider];
}

/** The environment variables that the base URL of a provider is made of. */
export function homeVariables(provider: Provider): readonly string[] {
  return [...new Set([...(PROVIDERS[provider].home ?? '').matchAll(VARIABLE)].map(([, name]) => name ?? ''))];
}

/**
 * The base URL of a provider that is asked over the network.
 * @returns undefined when a variable of it has no value, or one that no host name holds
 */
export function homeOf(
  provider: Exclude<Provider, 'demo'>,
  variables: Readonly<Record<string, string>> = {},
): string | undefined {
  const { home } = PROVIDERS[provider];
  if (!homeVariables(provider).every((name) => LABEL.test(variables[name] ?? ''))) return undefined;
  return home.replace(VARIABLE, (_, name: string) => variables[name] ?? '');
}

/** The reasoning effort that a person may ask for; each provider's package maps it to what its API has. */
export const EFFORTS = Object.freeze(['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const);
/** A level, or a budget of thinking tokens, which a provider that has only levels gets as the nearest one. */
export type Effort = (typeof EFFORTS)[number] | number;

// ---

const VARIABLE = /\{([A-Z_]+)\}/g;

/** One label of a host name: a value with a slash or a dot could name another host. */
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
