/** Work that waits until the disk has space. Pure: the caller decides how long one pause takes, and when to give up. */
import { isDiskFull } from './errors.js';

/**
 * Repeats work that has had no effect when it fails. `pause` resolves before the next try: false gives up, with the error
 * of the last try.
 */
export async function onceDiskHasSpace<T>(work: () => Promise<T>, pause: () => Promise<boolean>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isDiskFull(error) || !(await pause())) throw error;
    }
  }
}
