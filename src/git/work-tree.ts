/** Where the git repository of a directory is, without running git. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A directory in the work tree of a git repository. Real paths. */
export interface WorkTreePlace {
  readonly top: string;
  /** Relative to the top; empty for the top itself. */
  readonly directory: string;
}

/** @returns undefined for a directory that does not exist, or is in no work tree */
export function workTreeOf(directory: string): WorkTreePlace | undefined {
  let real: string;
  try {
    real = realpathSync(directory);
  } catch {
    return undefined;
  }
  for (let at = real; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return { top: at, directory: relative(at, real) };
    if (dirname(at) === at) return undefined;
  }
}
