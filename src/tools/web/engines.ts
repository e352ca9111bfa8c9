/** Three search engines: how to build a request to each and read its response. Pure: sends nothing. */
import { z } from 'zod';

export interface SearchHit {
  readonly title: string;
  readonly url: string;
  readonly snippet: string;
}

export interface Engine {
  readonly name: 'searxng' | 'brave' | 'tavily';
  readonly base: URL;
  /** Goes into a header to `base`, and nowhere else. */
  readonly key?: string;
  /** The endpoint is the person's own and may be on any network. */
  readonly own: boolean;
  ask(query: string, count: number): { url: URL; headers: Record<string, string>; body?: string };
  /** Throws for what is not its answer. */
  read(answer: unknown): SearchHit[];
}

export interface SearchOptions {
  /** Base URL of a SearXNG instance; goes before the others. */
  readonly searxng?: string | undefined;
  readonly braveKey?: string | undefined;
  readonly tavilyKey?: string | undefined;
}

/** Where keys go. Tests name their own. */
export const SEARCH_HOSTS: Readonly<Record<'brave' | 'tavily', string>> = Object.freeze({
  brave: 'https://api.search.brave.com',
  tavily: 'https://api.tavily.com',
});

/** The first that is configured. */
export function engineOf(
  { searxng, braveKey, tavilyKey }: SearchOptions,
  homes: typeof SEARCH_HOSTS,
): Engine | undefined {
  if (searxng) return searxngAt(searxng);
  if (braveKey) return braveWith(braveKey, homes.brave);
  return tavilyKey ? tavilyWith(tavilyKey, homes.tavily) : undefined;
}

// ---

const text = z.string().nullish().catch(undefined);
const found = z.looseObject({ title: text, url: text, content: text, description: text });
const many = z.array(found.catch({}));
const plainAnswer = z.looseObject({ results: many });
const braveAnswer = z.looseObject({ web: z.looseObject({ results: many }).optional() });

function hits(results: z.infer<typeof many>): SearchHit[] {
  return results.flatMap(({ title, url, content, description }) =>
    url ? [{ title: title ?? '', url, snippet: content ?? description ?? '' }] : [],
  );
}

function searxngAt(endpoint: string): Engine {
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

function braveWith(key: string, home: string): Engine {
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

function tavilyWith(key: string, home: string): Engine {
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
