/**
 * A GET for a tool: follows redirects only as far as the hosts that the policy was asked about, and from https never
 * down to http. A redirect elsewhere is an answer, so that the model asks for that URL itself and the policy sees it.
 */
import { Refusal } from '../domain/errors.js';
import { withTimeLimit } from './deadline.js';
import { exchange, type HttpOptions, type HttpResponse, isRedirect, TOTAL_MS } from './http-request.js';
import { hostsOf, parseUrl } from './target.js';

export type Fetched =
  | { readonly kind: 'answer'; readonly answer: HttpResponse }
  /** `to` was not asked for anything. */
  | { readonly kind: 'elsewhere'; readonly from: URL; readonly to: URL };

export interface GetOptions extends HttpOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly acceptsType?: (type: string) => boolean;
  readonly signal: AbortSignal;
}

/** Throws a Refusal for what the model can act on. */
export async function get(
  text: string,
  { headers = {}, acceptsType, signal, ...options }: GetOptions,
): Promise<Fetched> {
  const start = parseUrl(text);
  return withTimeLimit(options.totalMs ?? TOTAL_MS, signal, async (limit) => {
    let url = start;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const answer = await exchange({ url, headers, ...(acceptsType && { acceptsType }), signal: limit }, options);
      const next = redirectOf(answer);
      if (next === undefined) return { kind: 'answer', answer };
      if (!follows(next, url, start)) return { kind: 'elsewhere', from: url, to: next };
      url = next;
    }
    throw new Refusal(`${start.hostname} redirects more than ${MAX_REDIRECTS} times; fetch another URL.`);
  });
}

// ---

const MAX_REDIRECTS = 5;

function redirectOf({ status, location, url }: HttpResponse): URL | undefined {
  if (location === undefined || !isRedirect(status)) return undefined;
  try {
    const next = parseUrl(location, url);
    if (next.hash === '') next.hash = url.hash;
    return next;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(`${url.hostname} redirects to a URL that is not followed. ${error.message}`);
  }
}

function follows(next: URL, from: URL, start: URL): boolean {
  if (from.protocol === 'https:' && next.protocol === 'http:') return false;
  const judged = hostsOf(start);
  return hostsOf(next).every((host) => judged.includes(host));
}
