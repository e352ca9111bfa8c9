/**
 * Writes the files where no other activity does it on its way: before a wait, at the end, when the iteration runs on
 * another host. One write in flight; it never stalls the loop.
 */
import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { mirror } from './activities.js';
import type { Dispatch } from './dispatch.js';
import { failureType } from './failures.js';
import type { Owed } from './owed.js';

export class Mirroring {
  #scope: CancellationScope | undefined;
  #active = false;

  constructor(
    private readonly owed: Owed,
    private readonly dispatch: Dispatch,
  ) {}

  /** Writes what is owed, as an activity of its own. */
  flush(): void {
    if (!this.owed.any || this.#active) return;
    this.#active = true;
    this.owed.behindSince ??= Date.now();
    // A cancel of the task must not stop the write that shows it.
    void CancellationScope.nonCancellable(() => {
      this.#scope = new CancellationScope();
      return this.#scope.run(() => this.#write());
    });
  }

  /** Writes what is owed and waits for it, but not for ever: `reconcile` mends what is left. */
  async settle(timeout: string): Promise<void> {
    this.flush();
    if (!(await condition(() => !this.#active, timeout as '1 second'))) this.#scope?.cancel();
  }

  async #write(): Promise<void> {
    try {
      while (this.owed.any) {
        await this.dispatch.send(({ base, groups, queue }) =>
          mirror.executeWithOptions({ taskQueue: queue }, [base, ...groups]),
        );
      }
    } catch (error) {
      // A refused start writes no file, and a stopped write is left to reconcile.
      if (!isCancellation(error) && failureType(error) === undefined) throw error;
    } finally {
      // At once, in the same step that found nothing owed: a change that comes later must find nobody at work.
      this.#active = false;
    }
  }
}
