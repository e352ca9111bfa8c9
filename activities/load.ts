/** How busy this process has been lately: for what can wait until it has time. */

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
