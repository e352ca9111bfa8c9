/** Programs that a person has installed in a home: shown although the home is hidden, without the settings beside them. */
import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { isBeneath } from '../workspace.js';

/** Real paths, to be shown read-only. `path` is a PATH. */
export async function toolchains(path: string, homes: readonly string[]): Promise<string[]> {
  const shown: string[] = [];
  for (const entry of new Set(path.split(':'))) {
    const real = entry.startsWith('/') ? await realpath(entry).catch(() => undefined) : undefined;
    const home = homes.find((one) => real !== undefined && real !== one && isBeneath(one, real));
    if (real === undefined || home === undefined) continue;
    shown.push(await whole(real, home));
    // The Python of a virtual environment is a link to that of another place.
    const python = await realpath(join(real, 'python')).catch(() => undefined);
    if (python !== undefined && isBeneath(home, python)) shown.push(await whole(dirname(python), home));
  }
  return [...new Set(shown)];
}

/**
 * `bin` alone is of no use where it leads to a `lib` beside it (nvm, fnm, pyenv, asdf). Not so near the home, where the
 * directory around it holds other things: ~/.local, ~/.cargo.
 */
export async function whole(bin: string, home: string): Promise<string> {
  const around = dirname(bin);
  const depth = relative(home, around).split('/').length;
  if (basename(bin) !== 'bin' || depth < 3) return bin;
  return (await readdir(around).catch((): string[] => [])).includes('lib') ? around : bin;
}
