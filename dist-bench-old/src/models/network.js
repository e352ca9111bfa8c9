/**
 * The `fetch` that leaves this host: through a proxy where one is named, trusting further authorities where a file says
 * so, patient with slow models. Everything is a parameter; the environment is not read.
 */
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { FIXED } from '../domain/limits.js';
/** Later than the caller's own limit: the library's five minutes would cut a slow model. */
const PATIENCE_MS = FIXED.modelCallMs + 60_000;
export function createFetch(settings) {
    const ca = authorities([settings.extraCaFile ?? []].flat());
    const tls = ca ? { connect: { ca }, requestTls: { ca }, proxyTls: { ca } } : {};
    const dispatcher = new EnvHttpProxyAgent({
        // Empty rather than absent: for what is absent the library reads the environment.
        httpProxy: settings.httpProxy ?? '',
        httpsProxy: settings.httpsProxy ?? '',
        noProxy: settings.noProxy ?? '',
        headersTimeout: PATIENCE_MS,
        bodyTimeout: PATIENCE_MS,
        ...tls,
    });
    const send = undiciFetch;
    return (url, init) => send(url, { ...init, dispatcher });
}
// --- internal ---
/** Undefined leaves the runtime's own store in place, with what it has read from NODE_EXTRA_CA_CERTS. */
function authorities(files) {
    if (files.length === 0)
        return undefined;
    return [...rootCertificates, ...files.map(readAuthority)];
}
function readAuthority(file) {
    try {
        return readFileSync(file, 'utf8');
    }
    catch (error) {
        throw new RookeryError('environment', `the certificate file ${file} cannot be read: ${sentenceOf(error)}`, {
            hint: 'correct SSL_CERT_FILE, or unset it',
        });
    }
}
//# sourceMappingURL=network.js.map