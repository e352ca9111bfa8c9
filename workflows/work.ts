/**
 * The scope of a task's loop. A cancel ends it; an interruption cancels what is in flight, and begins the loop again when
 * it has stopped.
 */
import { CancellationScope, isCancellation } from '@temporalio/workflow';

export class Work {
  #scope = new CancellationScope();
  #isInterrupted = false;
  #isCancelled = false;

  cancel(): void {
    this.#isCancelled = true;
    this.#scope.cancel();
  }

  interrupt(): void {
    this.#isInterrupted = true;
    this.#scope.cancel();
  }

  /** `between`: after each interruption, when the loop has stopped. */
  async run<T>(loop: () => Promise<T>, between: () => void): Promise<T> {
    for (;;) {
      try {
        return await this.#scope.run(loop);
      } catch (error) {
        const isOver = this.#isCancelled || CancellationScope.current().consideredCancelled;
        if (!isCancellation(error) || !this.#isInterrupted || isOver) throw error;
      }
      between();
      this.#isInterrupted = false;
      this.#scope = new CancellationScope();
      if (this.#isCancelled) this.#scope.cancel();
    }
  }
}
