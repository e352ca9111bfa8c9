/**
 * Lets one pass at a time, in the order in which they came, and rests after each: what goes this way takes the share of the
 * time in which this process has nothing else to do, and a quarter of it in any case. Whoever takes long holds nobody up
 * for longer than its turn: a disk that hangs for one must not hang for all. Knows nothing of what they do.
 */

const LONGEST_REST = 3;

export class Turns {
  #last: Promise<void> = Promise.resolve();
  #load = performance.eventLoopUtilization();

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
      setTimeout(pass, Math.min(took * this.#rest(), this.turnMs - took));
    }
  }

  /** How many times as long as the turn took: none in an idle process. */
  #rest(): number {
    const before = this.#load;
    this.#load = performance.eventLoopUtilization();
    const { utilization: busy } = performance.eventLoopUtilization(this.#load, before);
    return Math.min(LONGEST_REST, busy / (1 - busy));
  }
}
