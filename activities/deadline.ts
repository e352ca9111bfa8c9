/**
 * A time limit that can be cancelled. `AbortSignal.timeout` cannot: each of its timers would live on for minutes after
 * a quick reply, and then create an unused error.
 */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The time limit was reached. */
  readonly passed: boolean;
  clear(): void;
}

/**
 * Aborts after `ms` (at most 24 days), or when `parent` aborts. Avoids `AbortSignal.any`: its signals are left to the
 * garbage collector, and each iteration has two.
 */
export function deadline(ms: number, parent: AbortSignal): Deadline {
  const controller = new AbortController();
  let passed = false;
  const timer = setTimeout(
    () => {
      passed = true;
      controller.abort();
    },
    Math.min(ms, 2 ** 31 - 1),
  );
  const onParentAbort = (): void => controller.abort(parent.reason);
  if (parent.aborted) onParentAbort();
  else parent.addEventListener('abort', onParentAbort, { once: true });
  return {
    signal: controller.signal,
    get passed() {
      return passed;
    },
    clear() {
      clearTimeout(timer);
      parent.removeEventListener('abort', onParentAbort);
    },
  };
}
