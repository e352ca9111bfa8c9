/**
 * Opens models: binds choices to connections and keys, and builds the chain. The only door into this folder for others,
 * beside the port. Reads no environment: what it may use is in its settings.
 */
import { RookeryError } from '../domain/errors.js';
import { available, connect } from './connection.js';
import { demoModel } from './demo.js';
import { fallback, mostUseful } from './fallback.js';
import { createFetch } from './network.js';
import { loadSdk, providerModel, textModels } from './provider-model.js';
export function createModels(settings) {
    const fetch = settings.fetch ?? createFetch({});
    // A worker that begins has time to load it while it waits for its server; a question would have to wait for it.
    loadSdk().catch(() => undefined);
    const text = textModels(settings.textProtocol ?? []);
    const secrets = [...Object.values(settings.keys), settings.overrideKey].flatMap((key) => key?.trim() || []);
    const openOne = (choice, trusted) => {
        const { provider } = choice;
        if (provider === 'demo')
            return demoModel();
        const connection = connect({ ...choice, provider }, settings, trusted);
        return providerModel(lineTo(connection, secrets, fetch), text);
    };
    return {
        open: (chain, { trustedEndpoint }) => openChain(chain, (choice) => openOne(choice, trustedEndpoint)),
        available: () => available(settings),
    };
}
// --- internal ---
function lineTo(connection, secrets, fetch) {
    const { provider, origin, model, key } = connection;
    return { connection, fetch, peer: { who: `${provider} at ${origin}`, model, keyed: key !== undefined, secrets } };
}
/** A choice without a key is left out while another one can be opened. */
function openChain(chain, open) {
    const models = [];
    const missing = [];
    for (const choice of chain) {
        const error = keyMissing(() => models.push(open(choice)));
        if (error)
            missing.push(error);
    }
    if (models.length > 0)
        return fallback(models);
    throw mostUseful(missing) ?? new RookeryError('usage', 'no model is named');
}
function keyMissing(open) {
    try {
        open();
        return undefined;
    }
    catch (error) {
        if (error instanceof RookeryError && error.code === 'missing_key')
            return error;
        throw error;
    }
}
//# sourceMappingURL=create-models.js.map