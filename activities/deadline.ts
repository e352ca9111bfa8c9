/**
 * A time limit that can be taken back. `AbortSignal.timeout` cannot: each of its timers would live on for minutes after a
 * quick reply, and then make an error for nobody.
 */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The time ran out. */
  readonly passed: boolean;
  clear(): void;
}

/** Aborts after `ms`, and when one of the others does. At most 24 days. */
export function deadline(ms: number, others: AbortSignal): Deadline {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), Math.min(ms, 2 ** 31 - 1));
  return {
    signal: AbortSignal.any([others, late.signal]),
    get passed() {
      return late.signal.aborted;
    },
    clear: () => clearTimeout(timer),
  };
}
