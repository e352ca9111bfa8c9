/**
 * Keys and defaults of the providers, read from the environment of this process: the only place where a key comes in.
 * A key is never a flag, never in a file of ours, never in a task.
 */
import { available } from '../models/connection.js';
export const KEY_VARIABLES = {
    openai: 'OPENAI_API_KEY',
    anthropic: 'ANTHROPIC_API_KEY',
    openrouter: 'OPENROUTER_API_KEY',
    litellm: 'LITELLM_API_KEY',
};
export const OVERRIDE_KEY = 'ROOKERY_API_KEY';
const DEFAULT_MODELS = {
    openai: 'gpt-4o-mini',
    anthropic: 'claude-sonnet-4-5',
    ollama: 'llama3.1',
    openrouter: 'openai/gpt-4o-mini',
    litellm: 'gpt-4o-mini',
    demo: 'demo',
};
export function defaultModel(provider) {
    return DEFAULT_MODELS[provider];
}
export function keysOf(env) {
    const entries = Object.entries(KEY_VARIABLES).flatMap(([provider, name]) => env[name] ? [[provider, env[name]]] : []);
    return Object.fromEntries(entries);
}
/** The vendors' own variables for another base URL, and Ollama's for its host. */
export function vendorEndpoint(provider, env) {
    const name = { openai: 'OPENAI_BASE_URL', anthropic: 'ANTHROPIC_BASE_URL', ollama: 'OLLAMA_HOST' }[provider];
    const value = name === undefined ? undefined : env[name];
    return value || undefined;
}
/** Keys and endpoints of this process: what it could ask, whoever asks. */
export function keyRing({ provider, endpoint }, env) {
    const endpoints = {};
    for (const name of ['openai', 'anthropic', 'ollama']) {
        const own = vendorEndpoint(name, env);
        if (own)
            endpoints[name] = own;
    }
    if (endpoint.value && endpoint.origin !== 'project file')
        endpoints[provider.value ?? 'litellm'] = endpoint.value;
    return { keys: keysOf(env), endpoints, ...(env[OVERRIDE_KEY] ? { overrideKey: env[OVERRIDE_KEY] } : {}) };
}
/** What this process could ask without a key that is missing. */
export function usableProviders(settings, env) {
    return available(keyRing(settings, env));
}
/** What a worker uses for a start that names no provider. */
export function workerChoice(settings) {
    const provider = settings.provider.value ?? 'demo';
    return { provider, model: settings.model.value ?? defaultModel(provider) };
}
//# sourceMappingURL=providers.js.map