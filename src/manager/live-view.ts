/**
 * Asks the server each second what the task does and what its model has generated so far. Only what the history has not
 * overtaken is told: no text of a reply that has been accepted, nor of another run.
 */
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { GRPC, grpcCode } from '../server/connect.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { describe } from './describe-workflow.js';
import type { RunEvents } from './events.js';
import { growthOf, heartbeatOf, type TextEvent } from './live-text.js';
import { type Now, type ServerView, serverView } from './now.js';

const INTERVAL_MS = 1_000;
const REQUEST_MS = 5_000;
const SILENT: ReadonlySet<number> = new Set([GRPC.unavailable, GRPC.deadline]);

export interface LiveReader {
  readonly onEvent: (event: TextEvent) => void;
  readonly onNow?: (now: Now) => void;
}

export class LiveView {
  readonly #timer: NodeJS.Timeout;
  #run: RunEvents | undefined;
  #view: ServerView | undefined;
  #unreachable: number | undefined;
  /** Of the activity that generates a reply. */
  #text = { activity: '', text: '' };
  #asks = false;

  constructor(
    private readonly client: TemporalClient,
    private readonly id: string,
    private readonly reader: LiveReader,
  ) {
    this.#timer = setInterval(() => void this.#poll(), INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#run = undefined;
  }

  /** The run whose history is being read now. */
  watch(run: RunEvents): void {
    this.#run = run;
    this.#view = undefined;
  }

  /** The history has been read up to its end. */
  tellNow(): void {
    if (this.#unreachable !== undefined) this.reader.onNow?.({ kind: 'unreachable', since: this.#unreachable });
    else if (this.#run) this.reader.onNow?.(this.#run.now(this.#view));
  }

  async #poll(): Promise<void> {
    if (this.#asks) return;
    this.#asks = true;
    try {
      await this.client.withDeadline(Date.now() + REQUEST_MS, () => this.#ask());
      this.#unreachable = undefined;
    } catch (error) {
      // Data of another codec is no reason: then only the history tells.
      if (SILENT.has(grpcCode(error) ?? 0)) this.#unreachable ??= Date.now();
    } finally {
      this.#asks = false;
    }
    this.tellNow();
  }

  async #ask(): Promise<void> {
    const at = await describe(this.client, this.id);
    const run = this.#run;
    if (!at || !run || at.runId !== run.runId) return;
    this.#view = await serverView(this.client, at);
    const activity = run.generating;
    if (activity === undefined) return;
    const { text = '' } = await heartbeatOf(this.client, at, activity);
    // The history may have been read on meanwhile.
    if (this.#run !== run || run.generating !== activity) return;
    this.#tellText(activity, run.iteration + 1, text);
  }

  #tellText(activity: string, iteration: number, text: string): void {
    const before = this.#text.activity === activity ? this.#text.text : '';
    const growth = growthOf(before, text);
    if (!growth) return;
    this.#text = { activity, text };
    this.reader.onEvent({ type: 'text', time: timestampOf(microsOfMillis(Date.now())), iteration, ...growth });
  }
}
