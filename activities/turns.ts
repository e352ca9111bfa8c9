/**
 * Lets one pass at a time, in the order in which they came, and rests after each for as long as it took: what goes this way
 * takes at most half of the time, and less the busier the machine is. Whoever takes long holds nobody up for longer than
 * its turn: a disk that hangs for one must not hang for all. Knows nothing of what they do.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly turnMs: number) {}

  async take<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    let pass = (): void => undefined;
    this.#last = new Promise((resolve) => {
      pass = resolve;
    });
    await before;
    const begun = performance.now();
    const timer = setTimeout(pass, this.turnMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      const took = performance.now() - begun;
      setTimeout(pass, Math.min(took, this.turnMs - took));
    }
  }
}
