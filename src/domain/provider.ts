/** The providers, named as in the files. */
export const PROVIDERS = ['openai', 'anthropic', 'ollama', 'openrouter', 'litellm', 'demo'] as const;
export type Provider = (typeof PROVIDERS)[number];
