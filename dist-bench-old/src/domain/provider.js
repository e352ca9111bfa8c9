/** The providers, named as in the files. */
export const PROVIDERS = ['openai', 'anthropic', 'ollama', 'openrouter', 'litellm', 'demo'];
//# sourceMappingURL=provider.js.map