/** A payload codec that encrypts with AES-256-GCM, as a module that a user gives to the command. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const KEY = Buffer.alloc(32, 7);
const ENCODING = 'binary/encrypted';
const base64 = (bytes) => Buffer.from(bytes ?? []).toString('base64');
const bytesOf = (text) => Buffer.from(text, 'base64');
const mapped = (metadata, change) =>
  Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, change(value)]));

export const codec = {
  async encode(payloads) {
    return payloads.map(({ metadata, data }) => {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', KEY, iv);
      const plain = JSON.stringify({ metadata: mapped(metadata, base64), data: base64(data) });
      const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
      return {
        metadata: { encoding: Buffer.from(ENCODING) },
        data: Buffer.concat([iv, cipher.getAuthTag(), encrypted]),
      };
    });
  },
  async decode(payloads) {
    return payloads.map((payload) => {
      if (Buffer.from(payload.metadata?.encoding ?? []).toString() !== ENCODING) return payload;
      const given = Buffer.from(payload.data);
      const decipher = createDecipheriv('aes-256-gcm', KEY, given.subarray(0, 12));
      decipher.setAuthTag(given.subarray(12, 28));
      const plain = Buffer.concat([decipher.update(given.subarray(28)), decipher.final()]);
      const { metadata, data } = JSON.parse(plain.toString());
      return { metadata: mapped(metadata, bytesOf), data: bytesOf(data) };
    });
  },
};
