/** Waits, for a bounded time, until a name has been announced. Knows nothing of what it names. */
export class Arrivals {
  readonly #waiters = new Map<string, Set<() => void>>();

  announce(name: string): void {
    for (const wake of this.#waiters.get(name) ?? []) wake();
    this.#waiters.delete(name);
  }

  async wait(name: string, timeoutMs: number): Promise<void> {
    const waiters = this.#waiters.get(name) ?? new Set();
    this.#waiters.set(name, waiters);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      waiters.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
