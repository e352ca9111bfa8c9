/** The message of a failure as Temporal stores it: in plain text, or in a payload where the codec hides it. */
import type { JsonPayload } from '../server/json-payloads.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { decodeWith } from './history.js';

interface StoredFailure {
  readonly message?: string | null;
  readonly encodedAttributes?: JsonPayload | null;
}

/** @returns undefined for a failure without a message. Throws for a payload of another codec. */
export async function failureMessage(
  client: TemporalClient,
  failure: StoredFailure | null | undefined,
): Promise<string | undefined> {
  const hidden = failure?.encodedAttributes;
  const [attributes] = hidden ? await decodeWith(client, [hidden]) : [];
  const { message } = Object(attributes) as { readonly message?: unknown };
  return typeof message === 'string' ? message : (failure?.message ?? undefined);
}
