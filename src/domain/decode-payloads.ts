/** Decodes payloads that were read raw, as the data converter of a client or worker does. Names no type of an SDK. */

/** A loaded data converter. */
export interface PayloadDecoder<P> {
  readonly payloadConverter: { fromPayload<T>(payload: P): T };
  readonly payloadCodecs: readonly { decode(payloads: P[]): Promise<P[]> }[];
}

/** Throws for a payload of another codec or converter. */
export async function decodePayloads<P>(decoder: PayloadDecoder<P>, payloads: readonly P[]): Promise<unknown[]> {
  let decoded = [...payloads];
  // In the reverse of the order in which they encoded.
  for (const codec of [...decoder.payloadCodecs].reverse()) decoded = await codec.decode(decoded);
  return decoded.map((payload) => decoder.payloadConverter.fromPayload(payload));
}
