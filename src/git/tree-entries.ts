/** The files in which two trees differ. Names are texts in which each character is a byte: git's need not be UTF-8. */
import type { Git } from './git.js';

export interface TreeEntry {
  /** In the first tree; all zeros: it has none. */
  readonly modeBefore: string;
  /** In the second tree; all zeros: it has none. */
  readonly mode: string;
  readonly blob: string;
  readonly path: string;
}

/** By path. */
export async function entriesBetween(git: Git, from: string, to: string): Promise<Map<string, TreeEntry>> {
  const listed = await git.bytes(['diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', from, to]);
  const fields = listed.toString('latin1').split('\0');
  const entries = new Map<string, TreeEntry>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [about = '', path = ''] = fields.slice(at, at + 2);
    const [modeBefore = '', mode = '', , blob = ''] = about.split(' ');
    entries.set(path, { modeBefore: modeBefore.replace(':', ''), mode, blob, path });
  }
  return entries;
}

export function isNothing(mode: string): boolean {
  return /^0+$/.test(mode);
}

/** For a person. */
export function textOfPath(path: string): string {
  return Buffer.from(path, 'latin1').toString();
}

/** For the file system. */
export function bytesOfPath(top: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${top}/`), Buffer.from(path, 'latin1')]);
}
