/**
 * The PATH of a command without what the workspace could plant programs in: entries that lie or lead into it, relative
 * ones, empty ones (which mean the current directory), and those that do not exist.
 */
import { realpathSync } from 'node:fs';
import { delimiter, isAbsolute, resolve } from 'node:path';
import { isWithin } from '../files/paths.js';

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

export function trustedPath(path: string | undefined, workspace: string): string {
  const within = [resolve(workspace), realOf(workspace) ?? resolve(workspace)];
  const kept = (path ?? DEFAULT_PATH).split(delimiter).filter((entry) => {
    if (!isAbsolute(entry)) return false;
    const real = realOf(entry);
    return real !== undefined && !within.some((root) => isWithin(root, real) || isWithin(root, resolve(entry)));
  });
  return kept.length > 0 ? kept.join(delimiter) : DEFAULT_PATH;
}

// ---

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
