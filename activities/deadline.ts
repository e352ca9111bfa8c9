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

/**
 * Aborts after `ms`, and when the other does. At most 24 days. Not by `AbortSignal.any`: what that makes is looked after by the
 * garbage collector, and each iteration has two.
 */
export function deadline(ms: number, other: AbortSignal): Deadline {
  const either = new AbortController();
  let passed = false;
  const timer = setTimeout(
    () => {
      passed = true;
      either.abort();
    },
    Math.min(ms, 2 ** 31 - 1),
  );
  const follow = (): void => either.abort(other.reason);
  if (other.aborted) follow();
  else other.addEventListener('abort', follow, { once: true });
  return {
    signal: either.signal,
    get passed() {
      return passed;
    },
    clear() {
      clearTimeout(timer);
      other.removeEventListener('abort', follow);
    },
  };
}
