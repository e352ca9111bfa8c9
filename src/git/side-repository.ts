/**
 * A repository of ours beside a person's: it reads their objects and writes its own, so that the index, head, refs and
 * objects of theirs stay as they are.
 */
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDirectory } from '../files/is-directory.js';
import type { Git, Repository } from './git.js';

/** A directory in one for snapshots that is complete; its time is that of the last removal of states. */
export const READY = 'ready';

/** `git` runs with `side` as its repository. @returns true when it is new */
export async function initSideRepository(
  git: Git,
  side: string,
  { objects, format }: Pick<Repository, 'objects' | 'format'>,
): Promise<boolean> {
  const isNew = !(await isDirectory(join(side, 'objects')));
  if (isNew) {
    await rm(side, { recursive: true, force: true });
    await mkdir(dirname(side), { recursive: true, mode: 0o700 });
    await git('init', '-q', `--object-format=${format}`, '--template=');
    await mkdir(join(side, 'info'), { recursive: true });
    await mkdir(join(side, 'objects', 'info'), { recursive: true });
  }
  await writeFile(join(side, 'objects', 'info', 'alternates'), `${objects}\n`);
  await copyFile(join(dirname(objects), 'info', 'exclude'), join(side, 'info', 'exclude')).catch(() => undefined);
  return isNew;
}
