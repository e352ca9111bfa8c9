/**
 * The PATH of a command without what the workspace could plant programs in: entries that lie or lead into it, relative
 * ones, empty ones (which mean the current directory), and those that do not exist.
 */
import { realpathSync } from 'node:fs';
import { delimiter, isAbsolute, resolve } from 'node:path';
import { isBeneath } from '../files/paths.js';

const USUAL = '/usr/local/bin:/usr/bin:/bin';

export function trustedPath(path: string | undefined, workspace: string): string {
  const within = [resolve(workspace), realOf(workspace) ?? resolve(workspace)];
  const kept = (path ?? USUAL).split(delimiter).filter((entry) => {
    if (!isAbsolute(entry)) return false;
    const real = realOf(entry);
    return real !== undefined && !within.some((root) => isBeneath(root, real) || isBeneath(root, resolve(entry)));
  });
  return kept.length > 0 ? kept.join(delimiter) : USUAL;
}

// ---

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
