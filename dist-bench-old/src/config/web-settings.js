/** Which search engine a worker asks: the address of one's own, or a key. Keys come from the environment only. */
import { RookeryError } from '../domain/errors.js';
export const SEARCH_KEY_VARIABLES = { brave: 'BRAVE_API_KEY', tavily: 'TAVILY_API_KEY' };
/** Empty when there is none: then there is no `web_search`. */
export function webSettings({ searxng }, env) {
    const braveKey = keyIn(env, SEARCH_KEY_VARIABLES.brave);
    const tavilyKey = keyIn(env, SEARCH_KEY_VARIABLES.tavily);
    return {
        ...(searxng.value !== undefined && { searxng: searxng.value }),
        ...(braveKey !== undefined && { braveKey }),
        ...(tavilyKey !== undefined && { tavilyKey }),
    };
}
// ---
function keyIn(env, name) {
    const key = env[name]?.trim() || undefined;
    if (key === undefined || /^[\x21-\x7e]+$/.test(key))
        return key;
    throw new RookeryError('missing_key', `${name} holds characters that no key has`, { hint: `Set ${name} again` });
}
//# sourceMappingURL=web-settings.js.map