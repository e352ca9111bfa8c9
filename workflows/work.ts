/**
 * The scope of a task's loop. A cancel ends it; an interruption cancels what is in flight, and begins the loop again when
 * it has stopped.
 */
import { CancellationScope, isCancellation } from '@temporalio/workflow';

export class Work {
  #scope = new CancellationScope();
  /** What is to be done when the loop has stopped, after interruptions. */
  #between: (() => void)[] = [];
  #isCancelled = false;

  cancel(): void {
    this.#isCancelled = true;
    this.#scope.cancel();
  }

  /** `between`: when the loop has stopped, before it begins again. */
  interrupt(between: () => void): void {
    this.#between.push(between);
    this.#scope.cancel();
  }

  async run<T>(loop: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await this.#scope.run(loop);
      } catch (error) {
        const isOver = this.#isCancelled || CancellationScope.current().consideredCancelled;
        if (!isCancellation(error) || this.#between.length === 0 || isOver) throw error;
      }
      for (const between of this.#between.splice(0)) between();
      this.#scope = new CancellationScope();
      if (this.#isCancelled) this.#scope.cancel();
    }
  }
}
