/** The text of a reply that is still being generated, read from the heartbeats of the running activity. */
import type { Client } from '@temporalio/client';
import { microsOfMillis, stampOf } from '../domain/stamp.js';
import { describe } from '../reconcile.js';
import type { FollowOptions } from './follow.js';
import { decode } from './standing.js';

const EVERY_MS = 1_000;

export class LiveText {
  readonly #timer: NodeJS.Timeout;
  #last = '';

  constructor(
    private readonly client: Client,
    private readonly id: string,
    private readonly options: FollowOptions,
  ) {
    this.#timer = setInterval(() => void this.#look().catch(() => undefined), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const at = await describe(this.client, this.id);
    const activity = at?.raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'iterate');
    const payload = activity?.heartbeatDetails?.payloads?.[0];
    const text = payload ? decode<{ text?: string } | undefined>(payload)?.text : undefined;
    if (text === undefined || text === this.#last) return;
    this.#last = text;
    this.options.onEvent({ type: 'text', time: stampOf(microsOfMillis(Date.now())), text });
  }
}
