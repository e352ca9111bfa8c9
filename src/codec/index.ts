/** The entry `rookery/codec`: encrypted payloads for clients and workers of any program. */
export { createEncryptionCodec, type EncryptionOptions, encryptedDataConverter } from './encryption-codec.js';
export { addEncryptionKey, type EncryptionKey } from './encryption-keys.js';
