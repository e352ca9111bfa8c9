/**
 * Writes the mirror where no other activity does: before a wait, at the end, and when the iteration runs on another
 * host. One write in flight; it never blocks the loop.
 */
import type { Duration } from '@temporalio/common';
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { failureType } from './classify-failure.js';
import type { Dispatch } from './dispatch.js';
import { HOST_WAIT } from './host-wait.js';
import type { PendingMirror } from './pending-mirror.js';

export class MirrorQueue {
  /** Scope of the write that runs in parallel with the loop. */
  #scope: CancellationScope | undefined;

  constructor(
    private readonly pendingMirror: PendingMirror,
    private readonly dispatch: Dispatch,
  ) {}

  /** Writes the pending mirror in parallel with the loop, however long it takes. */
  flush(): void {
    if (!this.pendingMirror.any || this.#scope) return;
    this.pendingMirror.behindSince ??= Date.now();
    // A cancel of the task must not stop the write that shows it.
    void CancellationScope.nonCancellable(() => {
      this.#scope = new CancellationScope();
      return this.#scope.run(() => this.#write());
    });
  }

  /** Gives up the write that is in flight: its host has the task no more. */
  drop(): void {
    this.#scope?.cancel();
  }

  /** Writes the pending mirror and waits for it, for a bounded time: `reconcile` repairs the rest. */
  async settle(atMost: Duration): Promise<void> {
    if (this.#scope) this.pendingMirror.markDirty();
    this.#scope?.cancel();
    await CancellationScope.nonCancellable(() => this.#write(atMost));
  }

  async #write(atMost?: Duration): Promise<void> {
    // The one place where a time limit may count hours without a worker: `reconcile` repairs what it cuts off.
    const limit = (): ActivityLimit => {
      if (atMost === undefined) return {};
      return { scheduleToCloseTimeout: this.dispatch.hostIsAway ? HOST_WAIT : atMost };
    };
    try {
      while (this.pendingMirror.any) {
        await this.dispatch.send(
          ({ base, groups, where, activities }) =>
            activities.mirror.executeWithOptions({ ...where, ...limit() }, [base, ...groups]),
          { otherwise: 'files wait' },
        );
      }
    } catch (error) {
      // A refused start writes no file; the code that stopped a write handles it.
      if (!isCancellation(error) && failureType(error) === undefined) throw error;
    } finally {
      // Cleared in the same step that found no pending mirror, so that a later change starts a new write.
      this.#scope = undefined;
    }
  }
}

// ---

interface ActivityLimit {
  readonly scheduleToCloseTimeout?: Duration;
}
