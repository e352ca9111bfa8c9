/**
 * A payload as the bytes of its protobuf message, which is what the codecs of Temporal's samples encrypt: two fields, so
 * no library is loaded for them.
 */

/** The part of a payload that a codec sees. */
export interface PlainPayload {
  readonly metadata?: Readonly<Record<string, Uint8Array>> | null;
  readonly data?: Uint8Array | null;
}

export function bytesOfPayload({ metadata, data }: PlainPayload): Buffer {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) =>
    field(METADATA, Buffer.concat([field(ENTRY_NAME, Buffer.from(name, 'utf8')), field(ENTRY_VALUE, value)])),
  );
  return Buffer.concat([...entries, ...(data && data.length > 0 ? [field(DATA, data)] : [])]);
}

/** Throws for bytes that are no payload. */
export function payloadOfBytes(bytes: Uint8Array): { metadata: Record<string, Uint8Array>; data: Uint8Array } {
  const metadata: [string, Uint8Array][] = [];
  let data: Uint8Array = new Uint8Array();
  for (const [tag, value] of fieldsOf(bytes)) {
    if (tag === DATA) data = value;
    if (tag !== METADATA) continue;
    const entry = new Map(fieldsOf(value));
    metadata.push([
      Buffer.from(entry.get(ENTRY_NAME) ?? []).toString('utf8'),
      entry.get(ENTRY_VALUE) ?? new Uint8Array(),
    ]);
  }
  // Unlike an assignment, this gives `__proto__` no special meaning.
  return { metadata: Object.fromEntries(metadata), data };
}

// ---

/** Number of the field, shifted by three, and 2: its value is bytes with their length. */
const METADATA = 0x0a;
const DATA = 0x12;
const ENTRY_NAME = 0x0a;
const ENTRY_VALUE = 0x12;
const LENGTH_DELIMITED = 2;

function field(tag: number, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([tag, ...varint(value.length)]), value]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}

function* fieldsOf(bytes: Uint8Array): Generator<[number, Uint8Array]> {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = bytes[at++];
      if (byte === undefined || factor > 2 ** 35) throw new Error('The bytes are no payload');
      value += (byte % 0x80) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = next();
    const length = next();
    if (tag % 8 !== LENGTH_DELIMITED || at + length > bytes.length) throw new Error('The bytes are no payload');
    yield [tag, bytes.subarray(at, at + length)];
    at += length;
  }
}
