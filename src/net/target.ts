/** What a URL must be like before anything is sent there, and which hosts it means for the rules of a policy. Pure. */

import { Refusal } from '../domain/errors.js';
import { quotedPath } from '../domain/visible.js';

export const MAX_URL = 4_096;

/** Throws a Refusal that never repeats a password. */
export function parseUrl(text: string, base?: URL): URL {
  if (text.length > MAX_URL)
    throw new Refusal(`The URL has ${text.length} characters; at most ${MAX_URL} are allowed.`);
  // `URL` drops tabs and line ends silently: what was checked by a person or a rule would not be what is sent.
  if (/[\x00-\x1f\x7f]/.test(text)) throw new Refusal('The URL holds a control character; give a plain URL.');
  if (!URL.canParse(text, base?.href))
    throw new Refusal('That is not a URL; give a complete one, such as https://example.com/page.');
  const url = new URL(text, base?.href);
  if (!/^https?:$/.test(url.protocol))
    throw new Refusal(`${quotedPath(url.protocol)} is not fetched; give an http or https URL.`);
  if (url.username || url.password) {
    throw new Refusal('The URL holds a user name or a password; they are never sent, so give it without.');
  }
  if (url.href.length > MAX_URL)
    throw new Refusal(`The URL is longer than ${MAX_URL} characters when it is written out.`);
  return url;
}

/**
 * The host without its final dot, and `host:port` as well where the port is not the usual one: a rule that refuses the
 * host is met, and a rule that lets the host run says nothing yet of its odd ports.
 */
export function hostsOf(url: URL): string[] {
  const host = url.hostname.replace(/\.$/, '');
  return url.port === '' ? [host] : [host, `${host}:${url.port}`];
}

/** The URL as it may stand in an answer: the same URL, and no markdown image in it. */
export function shown(url: URL): string {
  return url.href.replaceAll('![', '!%5B');
}

/** For `touches`: empty for a text that is not a URL, because it is refused before it reaches any host. */
export function hostsIn(text: string): string[] {
  return URL.canParse(text) ? hostsOf(new URL(text)) : [];
}
