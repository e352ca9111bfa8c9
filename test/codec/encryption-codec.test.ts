/** The encryption codec: what it hides, which keys open it, and what it says of payloads that it cannot open. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { addEncryptionKey, createEncryptionCodec } from '../../src/codec/index.js';
import { bytesOfPayload, payloadOfBytes } from '../../src/codec/payload-bytes.js';

const directory = mkdtempSync(join(tmpdir(), 'rookery-codec-'));
afterAll(() => rmSync(directory, { recursive: true }));
const keyFile = join(directory, 'codec.keys');
beforeEach(() => rmSync(keyFile, { force: true }));

const payload = (text: string): Payload => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(text)),
});
const textIn = ({ data }: Payload): unknown => JSON.parse(Buffer.from(data ?? []).toString());
const keyIdOf = ({ metadata }: Payload): string => Buffer.from(metadata?.['encryption-key-id'] ?? []).toString();
const one = async (payloads: Promise<Payload[]>): Promise<Payload> => (await payloads)[0] as Payload;

const Message = temporal.api.common.v1.Payload;

test('a payload is written as protobuf writes it, and read back, whatever bytes it has', () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  const anyPayload = fc.record({ metadata: fc.dictionary(fc.string(), bytes, { maxKeys: 4 }), data: bytes });
  fc.assert(
    fc.property(anyPayload, (given) => {
      const ours = bytesOfPayload(given);
      expect(Buffer.from(Message.encode(given).finish()).equals(ours)).toBe(true);
      const read = payloadOfBytes(ours);
      expect(Buffer.from(read.data).equals(given.data)).toBe(true);
      expect(Object.keys(read.metadata).sort()).toEqual(Object.keys(given.metadata).sort());
    }),
  );
});

test('bytes that are no payload are refused', () => {
  for (const wrong of [[0x0a], [0x12, 5, 1], [0x08, 1], [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]])
    expect(() => payloadOfBytes(Uint8Array.from(wrong))).toThrow('no payload');
});

describe('with a key file', () => {
  test('a payload is hidden under the names that the samples of Temporal use, and opened again', async () => {
    const { id } = await addEncryptionKey(keyFile);
    const codec = createEncryptionCodec({ keyFile });
    const hidden = await one(codec.encode([payload('a secret')]));
    const metadata = Object.entries(hidden.metadata ?? {}).map(([name, value]) => [
      name,
      Buffer.from(value).toString(),
    ]);
    expect(Object.fromEntries(metadata)).toEqual({
      encoding: 'binary/encrypted',
      'encryption-cipher': 'AES-256-GCM',
      'encryption-key-id': id,
    });
    expect(Buffer.from(hidden.data ?? []).includes('a secret')).toBe(false);
    const opened = await one(codec.decode([hidden]));
    expect(textIn(opened)).toBe('a secret');
    expect(Buffer.from(opened.metadata?.encoding ?? []).toString()).toBe('json/plain');
    expect(await codec.decode(await codec.encode([]))).toEqual([]);
  });

  test('a payload from before the codec stays as it is', async () => {
    await addEncryptionKey(keyFile);
    const plain = payload('plain');
    expect(await createEncryptionCodec({ keyFile }).decode([plain])).toEqual([plain]);
  });

  test('after a rotation the newest key encrypts, and a process that runs on reads what it wrote', async () => {
    const first = await addEncryptionKey(keyFile);
    const running = createEncryptionCodec({ keyFile });
    const old = await one(running.encode([payload('old')]));
    const second = await addEncryptionKey(keyFile);
    expect([first.count, second.count]).toEqual([1, 2]);
    const fresh = createEncryptionCodec({ keyFile });
    const made = await one(fresh.encode([payload('new')]));
    expect([keyIdOf(old), keyIdOf(made)]).toEqual([first.id, second.id]);
    expect(textIn(await one(running.decode([made])))).toBe('new');
    expect(textIn(await one(fresh.decode([old])))).toBe('old');
  });

  test('the file is private, keeps its lines, and a file that others can read is refused', async () => {
    await addEncryptionKey(keyFile);
    writeFileSync(keyFile, `# of the team\n${readFileSync(keyFile, 'utf8')}`);
    await addEncryptionKey(keyFile);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(keyFile, 'utf8')).toMatch(/^# of the team\n\S+ [0-9a-f]{64}\n\S+ [0-9a-f]{64}\n$/);
    chmodSync(keyFile, 0o644);
    expect(() => createEncryptionCodec({ keyFile })).toThrow('can be read by others');
  });

  test.each([
    ['no file', undefined, /There is no key file of the codec/],
    ['an empty one', '', /there is no key/],
    ['a short key', `a ${'0'.repeat(62)}`, /key 1 has no id .* or is not 32 bytes/],
    ['a line without an id', `${'0'.repeat(64)}`, /key 1/],
    ['one id twice', `a ${'0'.repeat(64)}\na ${'1'.repeat(64)}`, /the id 'a' is there twice/],
  ])('%s is an error that says so', (_, text, message) => {
    if (text !== undefined) writeFileSync(keyFile, text, { mode: 0o600 });
    expect(() => createEncryptionCodec({ keyFile })).toThrow(message);
  });
});

describe('a payload that cannot be opened', () => {
  const keyOf = (byte: number) => new Uint8Array(32).fill(byte);
  const codec = createEncryptionCodec({ keys: [{ id: 'k1', key: keyOf(1) }] });

  test('names a key that is not there', async () => {
    const other = createEncryptionCodec({ keys: [{ id: 'k2', key: keyOf(1) }] });
    const hidden = await other.encode([payload('x')]);
    await expect(codec.decode(hidden)).rejects.toMatchObject({
      code: 'environment',
      message: "An encrypted payload cannot be read: its key 'k2' is not in the given keys",
      hint: expect.stringContaining('every host'),
    });
  });

  test('of another key with the same id is told apart from none', async () => {
    const other = createEncryptionCodec({ keys: [{ id: 'k1', key: keyOf(2) }] });
    await expect(codec.decode(await other.encode([payload('x')]))).rejects.toThrow("another key has the id 'k1'");
  });

  test('is refused for every changed bit of its data, and for changed, added or removed metadata', async () => {
    const hidden = await one(codec.encode([payload('x')]));
    const data = Buffer.from(hidden.data ?? []);
    for (let bit = 0; bit < data.length * 8; bit++) {
      const changed = Buffer.from(data);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await expect(codec.decode([{ ...hidden, data: changed }])).rejects.toThrow('cannot be read');
    }
    const { 'encryption-cipher': _, ...without } = hidden.metadata ?? {};
    for (const metadata of [without, { ...hidden.metadata, more: Buffer.from('x') }])
      await expect(codec.decode([{ ...hidden, metadata }])).rejects.toThrow('cannot be read');
    const both = createEncryptionCodec({ keys: ['k0', 'k1'].map((id) => ({ id, key: keyOf(1) })) });
    const renamed = { ...hidden.metadata, 'encryption-key-id': Buffer.from('k0') };
    await expect(both.decode([{ ...hidden, metadata: renamed }])).rejects.toThrow('it was changed');
    await expect(codec.decode([{ ...hidden, data: data.subarray(0, 20) }])).rejects.toThrow('too short');
  });
});
