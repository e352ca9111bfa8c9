/**
 * Writes the files where no other activity does it on its way: before a wait, at the end, when the iteration runs on
 * another host. One write in flight; it never stalls the loop.
 */
import type { Duration } from '@temporalio/common';
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { mirror } from './activities.js';
import { failureType } from './classify-failure.js';
import type { Dispatch } from './dispatch.js';
import type { PendingMirror } from './pending-mirror.js';

export class MirrorQueue {
  /** Of the write that goes on beside the loop. */
  #scope: CancellationScope | undefined;

  constructor(
    private readonly pendingMirror: PendingMirror,
    private readonly dispatch: Dispatch,
  ) {}

  /** Writes what is pendingMirror beside the loop, however long it takes. */
  flush(): void {
    if (!this.pendingMirror.any || this.#scope) return;
    this.pendingMirror.behindSince ??= Date.now();
    // A cancel of the task must not stop the write that shows it.
    void CancellationScope.nonCancellable(() => {
      this.#scope = new CancellationScope();
      return this.#scope.run(() => this.#write());
    });
  }

  /** Writes what is pendingMirror and waits for it, but not for ever: `reconcile` mends what is left. */
  async settle(atMost: Duration): Promise<void> {
    if (this.#scope) this.pendingMirror.markDirty();
    this.#scope?.cancel();
    await CancellationScope.nonCancellable(() => this.#write(atMost));
  }

  async #write(atMost?: Duration): Promise<void> {
    // The one place where a time limit may count hours without a worker: what it cuts off is mended.
    const limit = atMost === undefined ? {} : { scheduleToCloseTimeout: atMost };
    try {
      while (this.pendingMirror.any) {
        await this.dispatch.send(({ base, groups, queue }) =>
          mirror.executeWithOptions({ taskQueue: queue, ...limit }, [base, ...groups]),
        );
      }
    } catch (error) {
      // A refused start writes no file; a stopped write is left to who stopped it.
      if (!isCancellation(error) && failureType(error) === undefined) throw error;
    } finally {
      // At once, in the same step that found nothing pendingMirror: a change that comes later must find nobody at work.
      this.#scope = undefined;
    }
  }
}
