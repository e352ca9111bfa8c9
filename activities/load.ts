/** How busy this process has been lately: for what can wait until it has time. */

/** Sixteen times: how long what must be done at some time waits at most. */
const WIDEST = 16;

/** How much longer than usual such things wait: not at all while half of the time is free, then by how much more is at work. */
export function stretch(busy: () => number = lately()): () => number {
  return () => {
    const share = busy();
    return Math.min(WIDEST, Math.max(1, share / (1 - share)));
  };
}

/** The share of the time in which its event loop was at work, 0 to 1, looked at anew after `everyMs`. */
export function lately(everyMs = 250): () => number {
  let last = performance.eventLoopUtilization();
  let at = performance.now();
  let busy = 0;
  return () => {
    const now = performance.now();
    if (now - at < everyMs) return busy;
    const next = performance.eventLoopUtilization();
    busy = performance.eventLoopUtilization(next, last).utilization;
    last = next;
    at = now;
    return busy;
  };
}
