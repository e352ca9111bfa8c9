/** Tells how two paths relate, by their text alone. Pure. */
import { sep } from 'node:path';

export function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}
