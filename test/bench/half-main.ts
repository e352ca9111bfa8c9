/**
 * Stops and continues the processes of argv in turn, as a process of its own: nothing that is measured may delay it.
 * Continues them all when its parent lets go of it.
 */
import { setTimeout as pause } from 'node:timers/promises';

const PART_MS = 5;
const pids = process.argv.slice(2).map(Number);
let limited = true;

const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended.
    }
  }
};
for (const event of ['disconnect', 'SIGTERM', 'SIGINT']) {
  process.on(event, () => {
    limited = false;
  });
}
process.send?.('ready');
// Each part is as long as the one before it really was, however late the timer came.
while (limited) {
  const at = performance.now();
  signal('SIGSTOP');
  await pause(PART_MS);
  const stopped = performance.now() - at;
  signal('SIGCONT');
  await pause(stopped);
}
process.exit(0);
