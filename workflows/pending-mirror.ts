/**
 * What the files have not been given yet. It rides with the next activity, which is scheduled in the same step and writes
 * it beside its work: so an iteration that is mirrored costs no event more. Schedules nothing.
 */
import type { ExternalEdit } from '../src/domain/external-edit.js';
import type { Mirrored, MirrorReport } from '../src/domain/protocol.js';
import type { TaskRun } from './task-state.js';

export class PendingMirror {
  #pendingMirror = false;
  /** Milliseconds since 1970; null: the files have the newest state, or are being given it. */
  behindSince: number | null = null;

  constructor(
    private readonly run: TaskRun,
    /** Another program wrote into the task's file. */
    private readonly onFound: (found: ExternalEdit) => void,
  ) {}

  get any(): boolean {
    return this.#pendingMirror;
  }

  /** The record has changed. */
  markDirty(): void {
    this.#pendingMirror = true;
  }

  /** What the files are to show, now on its way; undefined: nothing is pendingMirror. */
  takeSnapshot(): Mirrored | undefined {
    if (!this.#pendingMirror) return undefined;
    this.#pendingMirror = false;
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
  restore(taken: Mirrored | undefined): void {
    if (taken) this.#pendingMirror = true;
  }

  /** It arrived. */
  acknowledge({ found, behind }: MirrorReport): void {
    if (behind) this.#pendingMirror = true;
    this.behindSince = behind ? (this.behindSince ?? Date.now()) : null;
    if (found) this.onFound(found);
  }
}
