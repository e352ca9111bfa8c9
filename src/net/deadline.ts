/** Runs something with a signal that is aborted with the outer one, or when the time is up; whichever is first. */

/** The reason of the signal when the time is up. */
export class TimeLimitError extends Error {
  constructor(readonly ms: number) {
    super(`longer than ${ms} ms`);
  }
}

export async function withTimeLimit<T>(
  ms: number,
  outer: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(outer.reason);
  const timer = setTimeout(() => controller.abort(new TimeLimitError(ms)), ms);
  outer.addEventListener('abort', onAbort, { once: true });
  if (outer.aborted) onAbort();
  try {
    return await run(controller.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', onAbort);
  }
}
