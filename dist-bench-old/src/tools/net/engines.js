/** Three search engines and their words: how each is asked, and what its answer means. Pure: asks nobody. */
import { z } from 'zod';
/** Where keys go. Tests name their own. */
export const HOMES = Object.freeze({
    brave: 'https://api.search.brave.com',
    tavily: 'https://api.tavily.com',
});
/** The first that is configured. */
export function engineOf({ searxng, braveKey, tavilyKey }, homes) {
    if (searxng)
        return searxngAt(searxng);
    if (braveKey)
        return braveWith(braveKey, homes.brave);
    return tavilyKey ? tavilyWith(tavilyKey, homes.tavily) : undefined;
}
// ---
const text = z.string().nullish().catch(undefined);
const found = z.looseObject({ title: text, url: text, content: text, description: text });
const many = z.array(found.catch({}));
const plainAnswer = z.looseObject({ results: many });
const braveAnswer = z.looseObject({ web: z.looseObject({ results: many }).optional() });
function hits(results) {
    return results.flatMap(({ title, url, content, description }) => url ? [{ title: title ?? '', url, snippet: content ?? description ?? '' }] : []);
}
function searxngAt(endpoint) {
    const base = new URL(endpoint);
    return {
        name: 'searxng',
        base,
        own: true,
        ask: (query) => {
            const url = new URL(base);
            url.pathname = `${base.pathname.replace(/\/+$/, '')}/search`;
            url.search = new URLSearchParams({ q: query, format: 'json' }).toString();
            return { url, headers: {} };
        },
        read: (answer) => hits(plainAnswer.parse(answer).results),
    };
}
function braveWith(key, home) {
    return {
        name: 'brave',
        base: new URL(home),
        key,
        own: false,
        ask: (query, count) => {
            const url = new URL('/res/v1/web/search', home);
            url.search = new URLSearchParams({ q: query, count: String(count), text_decorations: 'false' }).toString();
            return { url, headers: { 'x-subscription-token': key } };
        },
        read: (answer) => hits(braveAnswer.parse(answer).web?.results ?? []),
    };
}
function tavilyWith(key, home) {
    return {
        name: 'tavily',
        base: new URL(home),
        key,
        own: false,
        ask: (query, count) => ({
            url: new URL('/search', home),
            headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
            body: JSON.stringify({ query, max_results: count }),
        }),
        read: (answer) => hits(plainAnswer.parse(answer).results),
    };
}
//# sourceMappingURL=engines.js.map