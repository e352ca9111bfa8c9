import { createFetch } from '../models/network.js';
import { keyRing } from './providers.js';
export function modelSettings(settings, env) {
    const proxy = (name) => env[name.toLowerCase()] || env[name] || undefined;
    return {
        ...keyRing(settings, env),
        textProtocol: settings.text_protocol.value,
        fetch: createFetch({
            ...definedOnly({ httpProxy: proxy('HTTP_PROXY'), httpsProxy: proxy('HTTPS_PROXY'), noProxy: proxy('NO_PROXY') }),
            extraCaFile: [env.NODE_EXTRA_CA_CERTS, env.SSL_CERT_FILE].filter((file) => Boolean(file)),
        }),
    };
}
// ---
function definedOnly(object) {
    return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
//# sourceMappingURL=model-settings.js.map