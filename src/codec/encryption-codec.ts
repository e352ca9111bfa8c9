/**
 * The payload codec that encrypts with AES-256-GCM. The names in the metadata and the layout of the data are those of
 * Temporal's samples; beyond them, the metadata is authenticated with the data, so that neither can be changed.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import { RookeryError } from '../domain/errors.js';
import { type EncryptionKey, type EncryptionKeys, keysInMemory, keysOfFile } from './encryption-keys.js';
import { bytesOfPayload, payloadOfBytes } from './payload-bytes.js';

/** Where the keys are. The last key encrypts, all decrypt. */
export type EncryptionOptions = { readonly keyFile: string } | { readonly keys: readonly EncryptionKey[] };

/**
 * Encrypts every payload, and decrypts those that it finds encrypted: payloads from before the codec stay readable.
 * Throws `environment` for a key file that is missing, not private or wrong, and `usage` for wrong keys. What it decodes
 * throws `environment` for a key that is not there and for a payload that was changed.
 */
export function createEncryptionCodec(options: EncryptionOptions): PayloadCodec {
  const keys = 'keyFile' in options ? keysOfFile(options.keyFile) : keysInMemory(options.keys);
  return {
    encode: async (payloads) => payloads.map((payload) => encrypted(payload, keys.newest)),
    decode: async (payloads) => payloads.map((payload) => decrypted(payload, keys)),
  };
}

/**
 * The codec together with a failure converter that puts messages and stack traces of failures into payloads, for every
 * client and worker. Throws as `createEncryptionCodec`.
 */
export function encryptedDataConverter(options: EncryptionOptions): DataConverter {
  return { payloadCodecs: [createEncryptionCodec(options)], failureConverterPath: FAILURE_CONVERTER };
}

// ---

/** A path, as the SDK wants it: it puts the module into the bundle of the workflows too. */
const FAILURE_CONVERTER = fileURLToPath(new URL('./failure-converter.js', import.meta.url));
const ENCODING = 'binary/encrypted';
const CIPHER = 'AES-256-GCM';
const KEY_ID = 'encryption-key-id';
const IV_BYTES = 12;
const TAG_BYTES = 16;

function encrypted(payload: Payload, { id, key }: EncryptionKey): Payload {
  const metadata = {
    encoding: Buffer.from(ENCODING),
    'encryption-cipher': Buffer.from(CIPHER),
    [KEY_ID]: Buffer.from(id),
  };
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(authenticatedBytes(metadata));
  const sealed = [cipher.update(bytesOfPayload(payload)), cipher.final()];
  return { metadata, data: Buffer.concat([iv, ...sealed, cipher.getAuthTag()]) };
}

function decrypted(payload: Payload, keys: EncryptionKeys): Payload {
  const { metadata = {}, data } = payload;
  if (textOf(metadata?.encoding) !== ENCODING) return payload;
  const cipherName = textOf(metadata?.['encryption-cipher']);
  if (cipherName !== CIPHER) throw unreadable(`its cipher is '${cipherName}', not ${CIPHER}`);
  const id = textOf(metadata?.[KEY_ID]);
  const key = keys.find(id)?.key;
  if (!key) {
    throw unreadable(`its key '${id}' is not in ${keys.source}`, 'Add that key: every host needs all keys in use');
  }
  const bytes = Buffer.from(data ?? []);
  if (bytes.length < IV_BYTES + TAG_BYTES) throw unreadable('it is too short');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES))
    .setAAD(authenticatedBytes(metadata ?? {}))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const opened = [decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()];
    return payloadOfBytes(Buffer.concat(opened));
  } catch (cause) {
    throw unreadable(`it was changed, or another key has the id '${id}'`, undefined, cause);
  }
}

/** All of the metadata, in one form whatever its order. */
function authenticatedBytes(metadata: Readonly<Record<string, Uint8Array>>): Buffer {
  const names = Object.keys(metadata).sort();
  return Buffer.from(JSON.stringify(names.map((name) => [name, Buffer.from(metadata[name] ?? []).toString('base64')])));
}

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}

function unreadable(why: string, hint?: string, cause?: unknown): RookeryError {
  return new RookeryError('environment', `An encrypted payload cannot be read: ${why}`, {
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
}
