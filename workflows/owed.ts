/**
 * What the files have not been given yet. It rides with the next activity, which is scheduled in the same step and writes
 * it beside its work: so an iteration that is mirrored costs no event more. Schedules nothing.
 */
import type { Found } from '../src/domain/foreign.js';
import type { Beside, Mirrored } from '../src/domain/protocol.js';
import type { Run } from './run.js';

export class Owed {
  #owed = false;
  /** Milliseconds since 1970; null: the files have the newest state, or are being given it. */
  behindSince: number | null = null;

  constructor(
    private readonly run: Run,
    /** Another program wrote into the task's file. */
    private readonly onFound: (found: Found) => void,
  ) {}

  get any(): boolean {
    return this.#owed;
  }

  /** The record has changed. */
  poke(): void {
    this.#owed = true;
  }

  /** What the files are to show, now on its way; undefined: nothing is owed. */
  take(): Mirrored | undefined {
    if (!this.#owed) return undefined;
    this.#owed = false;
    const { input, record } = this.run;
    const { usage: _, created_at, provider, model, ...shown } = record;
    return {
      ...shown,
      ...(input.created_at === undefined ? { created_at } : {}),
      ...(provider === input.provider ? {} : { provider }),
      ...(model === input.model ? {} : { model }),
    };
  }

  /** It did not arrive: it goes with the next activity. */
  missed(taken: Mirrored | undefined): void {
    if (taken) this.#owed = true;
  }

  /** It arrived. */
  landed({ found, behind }: Beside): void {
    if (behind) this.#owed = true;
    this.behindSince = behind ? (this.behindSince ?? Date.now()) : null;
    if (found) this.onFound(found);
  }
}
