/** What the far side did when a connection failed: the codes of Node and of the HTTP library, for use in a sentence. */

/** A request that failed on its way through a proxy. */
export class ThroughProxy extends Error {
  constructor(
    /** Without credentials. */
    readonly proxy: string,
    override readonly cause: unknown,
  ) {
    super(`a request through the proxy ${proxy} failed`);
  }
}

export interface Break {
  /** To be said after the name of the far side. */
  readonly did: string;
  readonly hint?: string;
}

export function reasonOf(error: unknown): Break {
  return error instanceof ThroughProxy ? behindProxy(error) : directly(error);
}

// --- internal ---

/** A proxy takes the connection in place of the far side; only the TLS inside the tunnel is between the two ends. */
function behindProxy({ proxy, cause }: ThroughProxy): Break {
  const { did, hint } = directly(cause);
  if (/over TLS/.test(did)) return { did: `${did}, through the proxy ${proxy}`, ...(hint && { hint }) };
  const refusal = /Proxy response \((\d+)\)/.exec(rootOf(cause).message)?.[1];
  return {
    did: `cannot be reached: the proxy ${proxy} ${refusal ? `refused the connection to it (${refusal})` : did}`,
    hint: 'correct HTTP_PROXY and HTTPS_PROXY, or name the host in NO_PROXY',
  };
}

function directly(error: unknown): Break {
  const { code, message } = rootOf(error);
  if (code === 'ECONNREFUSED') return { did: 'refused the connection', hint: 'is it running, and on this port?' };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return { did: `cannot be found: no address for its name (${code})` };
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return { did: `did not answer in time (${code})` };
  if (/CERT|^ERR_TLS|^ERR_SSL|SIGNATURE|EPROTO/.test(code)) {
    const hint = 'for a private certificate authority set NODE_EXTRA_CA_CERTS to its file';
    return { did: `cannot be reached over TLS (${code})`, hint };
  }
  if (/ECONNRESET|EPIPE|UND_ERR_SOCKET/.test(code)) return { did: `closed the connection (${code})` };
  if (message === 'bad port') return { did: 'cannot be reached: its port is never used for HTTP (bad port)' };
  return { did: `cannot be reached (${[code, message].filter(Boolean).join(': ')})` };
}

const wordOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

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
