/**
 * Where a path of a call leads, by its words alone: no file is looked at here, the tools resolve symlinks themselves.
 * Pure.
 */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { foldName, protectionOf } from '../domain/protected.js';

export interface PolicyPath {
  readonly absolute: string;
  /** Relative to the workspace, `.` for itself; undefined where it leads outside. */
  readonly inside: string | undefined;
}

export function placeOf(workspace: string, path: string): PolicyPath {
  const absolute = resolve(workspace, path);
  const relativePath = relative(resolve(workspace), absolute);
  const outside = relativePath === '..' || relativePath.startsWith(`..${sep}`) || isAbsolute(relativePath);
  return { absolute, inside: outside ? undefined : relativePath || '.' };
}

/** What a write there comes to. What leads to the workspace itself does not count. */
export function protectionAt({ absolute, inside }: PolicyPath): ReturnType<typeof protectionOf> {
  return protectionOf(inside ?? absolute);
}

/** Who asks often asks once for the check: folding names is most of its cost. */
export function ownedBy(own: readonly string[], workspace: string): (place: PolicyPath) => boolean {
  const here = folded(workspace);
  const directories = foldedOwn(own).map((path) => ({ path, holdsHere: path !== here && liesIn(here, path) }));
  return ({ absolute, inside }) => {
    const at = folded(absolute);
    // One that holds the whole workspace does not claim what is in the workspace.
    return directories.some(({ path, holdsHere }) => liesIn(at, path) && !(holdsHere && inside !== undefined));
  };
}

// ---

const foldings = new WeakMap<readonly string[], readonly string[]>();

/** A worker asks about the same ones for each call. */
function foldedOwn(own: readonly string[]): readonly string[] {
  const known = foldings.get(own);
  if (known) return known;
  const paths = own.map(folded);
  foldings.set(own, paths);
  return paths;
}

function liesIn(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

function folded(path: string): string {
  return resolve(path).split('/').map(foldName).join('/');
}
