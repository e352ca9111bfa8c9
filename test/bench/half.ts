/**
 * Half of the machine's speed for some processes: they are stopped and continued every few milliseconds, as `cpulimit` does
 * it. A quota of a cgroup would not do: it limits what all use together, and one task at a time uses less than that.
 */
import { once } from 'node:events';
import { startChild } from './children.js';
import { familyOf, SPEED_UNIT, type Speed } from './machine.js';

export const HALF = 'processes stopped for 5 of 10 ms (SIGSTOP, SIGCONT)';

/** What is at work keeps its own time: only its processors are slower, not its clocks, its disk or its network. */
export async function atHalfSpeed<T>(pids: readonly number[], work: () => Promise<T>): Promise<T> {
  const family = pids.flatMap(familyOf);
  const child = await startChild('./half-main.js', family.map(String));
  try {
    return await work();
  } finally {
    const ended = once(child.process, 'exit');
    child.process.disconnect();
    await ended;
  }
}

/** That of the machine, and that of a process which is halved: its share says how true the half is. */
export async function speeds(): Promise<{ readonly full: Speed; readonly half: Speed; readonly unit: string }> {
  const child = await startChild('./speed-main.js');
  const measure = async (): Promise<Speed> => {
    child.process.send('measure');
    return (await once(child.process, 'message'))[0] as Speed;
  };
  try {
    const full = await measure();
    return { full, half: await atHalfSpeed([child.pid], measure), unit: SPEED_UNIT };
  } finally {
    await child.kill();
  }
}
