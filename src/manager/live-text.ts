/**
 * Reads the heartbeats of the running activity: the text of the reply that is being generated, and whether the mirror
 * is behind.
 */
import type { HeartbeatDetails } from '../domain/protocol.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { valueOfPayload } from '../server/json-payloads.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import { describe } from './reconcile.js';

const INTERVAL_MS = 1_000;

/** Has no cursor: it is not in the history. */
export interface TextEvent {
  readonly type: 'text';
  readonly time: string;
  readonly text: string;
}

export class LiveText {
  readonly #timer: NodeJS.Timeout;
  #last = '';

  constructor(
    private readonly client: TemporalClient,
    private readonly id: string,
    private readonly reader: { readonly onEvent: (event: TextEvent) => void },
  ) {
    this.#timer = setInterval(() => void this.#poll().catch(() => undefined), INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #poll(): Promise<void> {
    const at = await describe(this.client, this.id);
    const text = at && heartbeatOf(at).text;
    if (text === undefined || text === this.#last) return;
    this.#last = text;
    this.reader.onEvent({ type: 'text', time: timestampOf(microsOfMillis(Date.now())), text });
  }
}

export function heartbeatOf({ raw }: WorkflowDescription): HeartbeatDetails {
  const payloads = (raw.pendingActivities ?? []).flatMap(
    ({ heartbeatDetails }) => heartbeatDetails?.payloads?.[0] ?? [],
  );
  const details = payloads.map((payload) => valueOfPayload(payload) ?? {});
  return Object.assign({}, ...details) as HeartbeatDetails;
}
