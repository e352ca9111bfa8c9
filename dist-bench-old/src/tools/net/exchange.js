import { codeOf } from '../../durable/failure.js';
import { Refusal } from '../outcome.js';
import { unlessAborted } from '../unless-aborted.js';
import { ENCODINGS, readBody } from './body.js';
import { Late } from './deadline.js';
import { pin } from './pin.js';
export const TOTAL_MS = 30_000;
const IDLE_MS = 10_000;
const MAX_BYTES = 5 * 1024 * 1024;
const MAX_HEADER_BYTES = 32 * 1024;
/** Throws a Refusal for what the model can act on. */
export async function exchange(question, options = {}) {
    const { url, signal } = question;
    let dispatcher;
    try {
        // A resolver cannot be stopped; nobody needs to wait for it.
        const addresses = await unlessAborted(addressesOf(url, options), signal);
        dispatcher = await dispatcherFor(url, addresses, options);
        return await ask(question, dispatcher, options.maxBytes ?? MAX_BYTES);
    }
    catch (error) {
        throw error instanceof Refusal ? error : new Refusal(explain(url, signal.aborted ? signal.reason : error));
    }
    finally {
        await dispatcher?.destroy();
    }
}
export function isRedirect(status) {
    return [301, 302, 303, 307, 308].includes(status);
}
// ---
async function addressesOf(url, options) {
    try {
        return await pin(url.hostname, options);
    }
    catch (error) {
        if (options.proxy !== undefined && !(error instanceof Refusal))
            return [];
        throw error;
    }
}
async function dispatcherFor(url, addresses, options) {
    const { Agent, ProxyAgent } = await import('undici');
    const idleMs = options.idleMs ?? IDLE_MS;
    const limits = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: idleMs, bodyTimeout: idleMs, connections: 1 };
    if (options.proxy !== undefined) {
        // A tunnel to port 80 is what most proxies refuse.
        return new ProxyAgent({ uri: options.proxy, proxyTunnel: url.protocol === 'https:', ...limits });
    }
    // A literal is connected to without a lookup, and is the very text that was checked.
    const lookup = (_hostname, { all }, callback) => {
        const [first] = addresses;
        if (all)
            callback(null, [...addresses]);
        else
            callback(null, first?.address ?? '', first?.family);
    };
    return new Agent({ ...limits, connect: { lookup, timeout: idleMs } });
}
async function ask(question, dispatcher, maxBytes) {
    const { url, method = 'GET', headers = {}, body: sent, wants = () => true, signal } = question;
    const { request } = await import('undici');
    const reply = await request(url, {
        dispatcher,
        method,
        headers: { 'user-agent': 'rookery', 'accept-encoding': ENCODINGS, ...headers },
        body: sent ?? null,
        signal,
    });
    const header = (name) => [reply.headers[name] ?? []].flat().join(', ');
    const type = header('content-type');
    const about = { url, status: reply.statusCode, type, location: header('location') || undefined };
    const length = /^\d{1,15}$/.test(header('content-length')) ? Number(header('content-length')) : undefined;
    const stream = reply.body;
    stream.on('error', () => undefined);
    if (isRedirect(about.status) || !wants(type)) {
        stream.destroy();
        return { ...about, length, bytes: Buffer.alloc(0), cut: false };
    }
    return { ...about, length, ...(await readBody(stream, header('content-encoding'), maxBytes)) };
}
const REASONS = {
    ECONNREFUSED: 'the connection was refused',
    ECONNRESET: 'the connection was reset',
    EAI_AGAIN: 'its name could not be resolved',
    EHOSTUNREACH: 'there is no way to it',
    ENETUNREACH: 'there is no way to it',
    ENOTFOUND: 'there is no such host',
    EPROTO: 'it does not speak TLS there',
    ETIMEDOUT: 'it does not answer',
    UND_ERR_BODY_TIMEOUT: 'it stopped in the middle of the answer',
    UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
    UND_ERR_HEADERS_OVERFLOW: 'its answer has too many headers',
    UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
    UND_ERR_SOCKET: 'it closed the connection before the answer was complete',
};
/** Words of our own for every failure: those of the libraries may quote what was sent. */
function explain(url, error) {
    if (error instanceof Late)
        return `${url.hostname} took longer than ${error.ms / 1000} s.`;
    const code = codeOf(error) ?? '';
    const reason = REASONS[code] ?? (/CERT|TLS|SSL|SELF_SIGNED|ISSUER/.test(code) ? `its certificate is not valid (${code})` : '');
    if (reason)
        return `${url.hostname} could not be fetched: ${reason}.`;
    if (/^(Z_|ERR_)/.test(code))
        return `The answer of ${url.hostname} could not be unpacked.`;
    return `${url.hostname} could not be fetched${code === '' ? '' : `: ${code}`}.`;
}
//# sourceMappingURL=exchange.js.map