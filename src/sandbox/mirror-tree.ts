/**
 * A private copy of a directory in which the files are links to the original: it costs little, and a program may add to it
 * and replace files while the original stays as it is.
 */
import { copyFile, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface MirrorTree {
  readonly from: string;
  readonly to: string;
  /** Relative to `from`, with `/`. */
  readonly part: string;
  /** Files that are copied: those that a program changes in place. By their path relative to `from`. */
  readonly copied?: RegExp | undefined;
}

/** Entries of one tree; what is left out is fetched again, or missing. */
const MAX_ENTRIES = 200_000;

/** Does nothing for a part that does not exist. */
export async function mirrorTree({ from, to, part, copied }: MirrorTree): Promise<void> {
  const waiting = [part];
  for (let count = 0; waiting.length > 0 && count < MAX_ENTRIES; ) {
    const at = waiting.pop() ?? '';
    const entries = await readdir(join(from, at), { withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) continue;
    await mkdir(join(to, at), { recursive: true, mode: 0o700 });
    count += entries.length;
    for (const entry of entries) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile() && copied?.test(path)) await copyFile(join(from, path), join(to, path));
      else await symlink(join(from, path), join(to, path));
    }
  }
}
