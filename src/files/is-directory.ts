/** Whether a directory is there, links followed. */
import { stat } from 'node:fs/promises';

export async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
