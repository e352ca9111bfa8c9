/** What differs between two trees of a repository of ours: a list of files, and a patch. */
import { existsSync } from 'node:fs';
import type { ChangedFile } from '../domain/changed-file.js';
import type { Environment } from '../processes/command-environment.js';
import { type GitOptions, gitIn } from './git.js';

export interface Compared {
  /** The work tree that the trees are of. */
  readonly top: string;
  readonly side: string;
  readonly from: string;
  readonly to: string;
  /** Only what is in this directory of the work tree, with names relative to it. */
  readonly directory: string;
  readonly env: Environment;
  readonly deadline?: number;
}

/** Throws when git fails or takes too long. */
export async function changedFiles(compared: Compared): Promise<ChangedFile[]> {
  const listed = await compare(compared, ['-z', '--numstat', '--no-renames']);
  // Names that are not UTF-8 have replacement characters.
  const rows = listed.toString().split('\0').filter(Boolean);
  return rows.map((row) => {
    const [added = '', removed = '', ...name] = row.split('\t');
    return { path: name.join('\t'), added: countOf(added), removed: countOf(removed) };
  });
}

/** For `git apply` in the directory. Throws when git fails. */
export function patchOf(compared: Compared): Promise<Buffer> {
  return compare(compared, ['-p', '--binary', '--full-index', '-M', '--src-prefix=a/', '--dst-prefix=b/']);
}

// ---

async function compare(compared: Compared, form: readonly string[]): Promise<Buffer> {
  const { top, side, from, to, directory, env, deadline } = compared;
  if (from === to) return Buffer.alloc(0);
  const options: GitOptions = { side, ...(deadline === undefined ? {} : { deadline }) };
  const where = directory === '' ? [] : [`--relative=${directory}/`];
  // A work tree that was applied may be gone.
  const at = existsSync(top) ? top : side;
  return gitIn(at, env, options).bytes([
    ...['diff-tree', '-r', '--no-color', '--no-ext-diff', '--no-textconv'],
    ...[...form, ...where, from, to],
  ]);
}

/** Git counts no lines in a binary file. */
function countOf(text: string): number | null {
  return /^\d+$/.test(text) ? Number(text) : null;
}
