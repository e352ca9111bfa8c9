/**
 * Reads the heartbeats of the running activity: the text of the reply that is being generated, and whether the mirror
 * is behind.
 */
import type { HeartbeatDetails } from '../domain/protocol.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { isOwnActivity } from '../domain/worker-names.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import { decodeWith } from './history.js';
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
    const text = at && (await heartbeatOf(this.client, at)).text;
    if (text === undefined || text === this.#last) return;
    this.#last = text;
    this.reader.onEvent({ type: 'text', time: timestampOf(microsOfMillis(Date.now())), text });
  }
}

export async function heartbeatOf(client: TemporalClient, { raw }: WorkflowDescription): Promise<HeartbeatDetails> {
  // Activities of the user may beat with anything.
  const own = (raw.pendingActivities ?? []).filter(({ activityType }) => isOwnActivity(activityType?.name));
  const payloads = own.flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads?.[0] ?? []);
  return Object.assign({}, ...(await decodeWith(client, payloads))) as HeartbeatDetails;
}
