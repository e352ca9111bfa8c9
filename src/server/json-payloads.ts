/** Payloads of Temporal as the SDK's default converter makes and reads them, without loading the SDK. */
import type { PayloadDecoder } from '../domain/decode-payloads.js';

export interface JsonPayload {
  readonly metadata?: Readonly<Record<string, Uint8Array>> | null;
  readonly data?: Uint8Array | null;
}

/** A payload as the HTTP API takes it: its bytes are base64. */
export interface EncodedPayload {
  readonly metadata: { readonly encoding: string };
  readonly data?: string;
}

/** Throws, in the words of the SDK, for an encoding that neither this program nor a client without a codec uses. */
export function valueOfPayload({ metadata, data }: JsonPayload): unknown {
  const encoding = metadata?.encoding ? textOf(metadata.encoding) : '';
  if (encoding === 'binary/null') return undefined;
  if (encoding === 'json/plain') return JSON.parse(textOf(data ?? new Uint8Array()));
  if (encoding === 'binary/plain') return data;
  throw new Error(`Unknown encoding: ${encoding}`);
}

/** What reads the payloads of a client without a codec. */
export const JSON_DECODER: PayloadDecoder<JsonPayload> = {
  payloadConverter: { fromPayload: <T>(payload: JsonPayload) => valueOfPayload(payload) as T },
  payloadCodecs: [],
};

/** A payload as the protocol has it. */
export function payloadOf(value: unknown): { metadata: { encoding: Buffer }; data?: Buffer } {
  if (value === undefined) return { metadata: { encoding: Buffer.from('binary/null') } };
  return { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(value)) };
}

export function encodedPayload(value: unknown): EncodedPayload {
  if (value === undefined) return { metadata: { encoding: NULL } };
  return { metadata: { encoding: JSON_PLAIN }, data: base64(JSON.stringify(value)) };
}

// ---

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
const JSON_PLAIN = base64('json/plain');
const NULL = base64('binary/null');

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
