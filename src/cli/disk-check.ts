/** Whether a disk takes what is written: the look at modes alone does not see a full one. Creates no directory. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { replaceTextFile } from '../files/atomic-write.js';
import { fileProblem } from '../files/errors.js';
import type { Paths } from '../mirror/paths.js';

/** @returns the end of a sentence about the work directory; undefined when it can be written, or is not there yet */
export async function writeProblem({ side, probe }: Paths): Promise<string | undefined> {
  if (!existsSync(side)) return undefined;
  try {
    await replaceTextFile(probe, 'ready\n', { sync: false });
    await rm(probe, { force: true });
    return undefined;
  } catch (error) {
    return fileProblem(error);
  }
}
