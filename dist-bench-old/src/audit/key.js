/** The key of the audit log, in a file that nobody else may read. Without it nothing can be verified. */
import { RookeryError } from '../domain/errors.js';
import { KEY_BYTES, makeKeyFile, readKeyFile } from '../durable/key-file.js';
/** Made only for a log that has no entries yet: a new key beside old entries would make all of them look forged. */
export async function loadAuditKey(path, isNew) {
    const found = readAuditKey(path);
    if (found)
        return found;
    if (!isNew)
        throw new RookeryError('environment', `The audit key ${path} is missing`, {
            hint: 'Restore it from a backup, or move audit.jsonl and its heads away to begin a new log',
        });
    await makeKeyFile(path);
    return loadAuditKey(path, false);
}
/** Undefined: there is none. Throws for a file that is no key, or that others may read. */
export function readAuditKey(path) {
    const text = readKeyFile(path, 'audit key');
    if (text === undefined)
        return undefined;
    if (/^[0-9a-f]{64}$/.test(text))
        return Buffer.from(text, 'hex');
    throw new RookeryError('environment', `The audit key ${path} is not ${KEY_BYTES} bytes in hex`, {
        hint: 'Restore it from a backup',
    });
}
//# sourceMappingURL=key.js.map