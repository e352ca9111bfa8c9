/**
 * Signs what gives a task its authority, and verifies it: HMAC-SHA-256 over namespace, scope and the canonical JSON of
 * the whole content. Reaching the server is no authority; having the key file is. Verification decides nothing else.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { canonical } from './domain/canonical.js';
import { RookeryError } from './domain/errors.js';
import { KEY_BYTES, makeKeyFile, readKeyFile } from './durable/key-file.js';
const MAC = /^[0-9a-f]{64}$/;
export function createSigner(key, namespace) {
    const mac = (kind, scope, content) => createHmac('sha256', key)
        .update(canonical([kind, namespace, scope, content]))
        .digest('hex');
    // A signal is not parsed before it comes here: its signature may be anything.
    const matches = (signature, kind, content) => MAC.test(signature.mac) &&
        timingSafeEqual(Buffer.from(mac(kind, signature.scope, content)), Buffer.from(signature.mac));
    return {
        signStart(scope, input) {
            const { signature: _, ...content } = input;
            return { ...content, signature: { scope, mac: mac('start', scope, content) } };
        },
        signMessage(workflowId, signal, message) {
            const { signature: _, ...content } = message;
            const signed = { scope: workflowId, mac: mac(`signal:${signal}`, workflowId, content) };
            return { ...message, signature: signed };
        },
        verifyStart(workflowId, { signature, ...content }) {
            return signature !== undefined && covers(signature.scope, workflowId) && matches(signature, 'start', content);
        },
        verifyMessage(workflowId, signal, { signature, ...content }) {
            return signature?.scope === workflowId && matches(signature, `signal:${signal}`, content);
        },
    };
}
/** A schedule's starts carry its id and the server's time suffix. */
function covers(scope, workflowId) {
    if (!scope.startsWith('schedule:'))
        return scope === workflowId;
    const id = scope.slice('schedule:'.length);
    return workflowId.startsWith(`${id}-`) && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(workflowId.slice(id.length + 1));
}
/** Reads the key file, or makes one (0600). Throws when others may read it: then it proves nothing. */
export async function loadKey(path) {
    if (!existsSync(path))
        await makeKeyFile(path);
    return readKey(path);
}
function readKey(path) {
    const text = readKeyFile(path, 'signing key');
    if (text === undefined)
        throw new RookeryError('environment', `The signing key ${path} is gone`);
    const key = Buffer.from(text, 'hex');
    if (key.length !== KEY_BYTES)
        throw new RookeryError('environment', `The signing key ${path} is not ${KEY_BYTES} bytes in hex`, {
            hint: 'Restore it from a backup, or remove it to have a new one made; running tasks then need to be submitted again',
        });
    return key;
}
//# sourceMappingURL=signature.js.map