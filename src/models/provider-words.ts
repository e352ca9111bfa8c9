/**
 * What providers mean: their error bodies, codes and wordings, and the codes of a broken connection.
 * Reads foreign text only; whether and how it is said again is decided elsewhere.
 */

export interface Words {
  /** What the provider says, in its own words; may be empty. */
  readonly text: string;
  readonly code: string;
  readonly type: string;
}

/**
 * The words in an error body: `{error: {message}}`, `{error: "…"}`, `{message}`, `{detail}`, or plain text.
 * JSON of another shape counts as no words: it may echo the request.
 */
export function wordsIn(body: string): Words {
  const parsed = parseJson(body);
  if (!isRecord(parsed)) return { text: typeof parsed === 'object' || isPage(body) ? '' : body, code: '', type: '' };
  const inner = isRecord(parsed.error) ? parsed.error : parsed;
  const said = [inner.message, parsed.error, parsed.message, ...detailsOf(parsed.detail)].find(isText);
  return { text: said ?? '', code: wordOf(inner.code), type: wordOf(inner.type) };
}

/** The HTTP status that a code or type in an error frame stands for. */
export function closest(code: string): number | undefined {
  if (/^[45]\d\d$/.test(code)) return Number(code);
  return STATUS_OF[code];
}

/** 429 with such a code does not pass by waiting; Anthropic says it with 400. */
export function isOutOfCredit(status: number, { text, code, type }: Words): boolean {
  if (status === 402) return true;
  if (status >= 500) return false;
  if (/insufficient_quota|billing_hard_limit/.test(`${code} ${type} ${text}`)) return true;
  return status !== 429 && /credit balance is too low|insufficient (credits|balance|funds)/i.test(text);
}

export function isContextOverflow(status: number, { text, code }: Words): boolean {
  return status === 413 || code === 'context_length_exceeded' || OVERFLOW.test(text);
}

/** What the far side did when a connection failed, to be said after its name. */
export function reasonOf(error: unknown): { did: string; hint?: string } {
  const { code, message } = rootOf(error);
  if (code === 'ECONNREFUSED') return { did: 'refused the connection', hint: 'is it running, and on this port?' };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return { did: `cannot be found: no address for its name (${code})` };
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return { did: `did not answer in time (${code})` };
  if (/CERT|^ERR_TLS|^ERR_SSL|SIGNATURE|EPROTO/.test(code)) {
    const hint = 'for a certificate authority of your own set NODE_EXTRA_CA_CERTS to its file';
    return { did: `cannot be reached over TLS (${code})`, hint };
  }
  if (/ECONNRESET|EPIPE|UND_ERR_SOCKET/.test(code)) return { did: `closed the connection (${code})` };
  if (message === 'bad port') return { did: 'cannot be reached: its port is never used for HTTP (bad port)' };
  return { did: `cannot be reached (${[code, message].filter(Boolean).join(': ')})` };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// --- internal ---

const STATUS_OF: Readonly<Record<string, number>> = Object.freeze({
  invalid_api_key: 401,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  billing_error: 402,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  invalid_request_error: 400,
  context_length_exceeded: 400,
  overloaded_error: 529,
});

const OVERFLOW = new RegExp(
  [
    'maximum context length|context[ _](length|window|limit|size)|contextwindowexceeded',
    '(prompt|input|request) is too (long|large)|request too large|too many (input )?tokens',
    'input token count|reduce the length of the (messages|prompt)',
  ].join('|'),
  'i',
);

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const wordOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const isPage = (text: string): boolean => text.trimStart().startsWith('<');

/** A detail is a text, or a list of `{msg, input}` in which the input is what we sent. */
function detailsOf(detail: unknown): unknown[] {
  return Array.isArray(detail) ? detail.map((entry) => (isRecord(entry) ? entry.msg : entry)) : [detail];
}

/** The innermost cause, if possible one with a code: fetch wraps it in `TypeError: fetch failed`. */
function rootOf(error: unknown): { code: string; message: string } {
  let found = { code: '', message: String(error) };
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const several = at instanceof AggregateError ? (at.errors[0] as unknown) : undefined;
    const code = wordOf((at as { code?: unknown }).code) || wordOf((several as { code?: unknown } | undefined)?.code);
    if (code !== '' || found.code === '') found = { code, message: at.message };
  }
  return found;
}
