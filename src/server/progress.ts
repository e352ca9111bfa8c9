/** Prints a line at intervals during slow work, so that it does not look like a hang. */

const INTERVAL_MS = 15_000;

export async function withProgress<T>(
  what: string,
  announce: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const started = Date.now();
  const timer = setInterval(() => announce(`${what}: ${Math.round((Date.now() - started) / 1000)} s …`), INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
