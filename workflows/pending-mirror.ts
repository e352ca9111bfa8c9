/**
 * The pending mirror: the newest state that the files have not got. It travels with the next activity, scheduled in the
 * same step, which writes it in parallel: a mirrored iteration costs no extra event. Schedules nothing.
 */

import type { Mirrored, MirrorReport } from '../src/domain/activity-calls.js';
import type { ExternalEdit } from '../src/domain/external-edit.js';
import type { TaskRun } from './task-state.js';

export class PendingMirror {
  #pendingMirror = false;
  /** Milliseconds since 1970; null when the files have the newest state or it is being written. */
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

  /** @returns the state that the files are to show, now in flight; undefined when nothing is pending */
  takeSnapshot(): Mirrored | undefined {
    if (!this.#pendingMirror) return undefined;
    this.#pendingMirror = false;
    const { input, record } = this.run;
    const { usage, created_at, provider, model, ...shown } = record;
    return {
      ...shown,
      ...(usage.total_tokens === 0 && !usage.cost ? {} : { spent: usage }),
      ...(input.created_at === undefined ? { created_at } : {}),
      ...(provider === input.provider ? {} : { provider }),
      ...(model === input.model ? {} : { model }),
    };
  }

  /** The state did not arrive: it goes with the next activity. */
  restore(taken: Mirrored | undefined): void {
    if (taken) this.#pendingMirror = true;
  }

  /** The state arrived. */
  acknowledge({ found, behind, host }: MirrorReport): void {
    if (host !== undefined) this.run.mirroredOn = host;
    if (behind) this.#pendingMirror = true;
    this.behindSince = behind ? (this.behindSince ?? Date.now()) : null;
    if (found) this.onFound(found);
  }
}
