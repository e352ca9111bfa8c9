/**
 * Finishes a step that a kill has interrupted: what it was to change is changed, unless a person has changed it since. A
 * file that was being written then is a beginning of what it was to be.
 */
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Step } from './baseline.js';
import { type Git, gitIn } from './git.js';
import { addChanges, type Snapshots, sideOf, withIndex } from './snapshot.js';
import type { WorkTreePlace } from './work-tree.js';

export type Rest =
  | (Step & { readonly kind: 'step' })
  /** A person has changed these since. */
  | { readonly kind: 'changed'; readonly paths: readonly string[] };

/** @returns what is left to do. `alternates`: object directories with the trees of the step. */
export async function restOfStep(
  snapshots: Snapshots,
  { target, alternates }: { readonly target: WorkTreePlace; readonly alternates: readonly string[] },
  { present, next }: Step,
): Promise<Rest> {
  const side = sideOf(snapshots, target.top);
  const own = { top: target.top, side, alternates };
  const now = await withIndex(snapshots, { ...own, seed: join(side, 'index') }, async (git) => {
    await addChanges(git, target);
    return (await git('write-tree')).trim();
  });
  const git = gitIn(target.top, snapshots.env, { side, alternates });
  const wanted = await entriesBetween(git, present, next);
  const undone = await entriesBetween(git, now, next);
  const touched = await entriesBetween(git, present, now);
  const rest = [...wanted.values()].filter(({ path }) => undone.has(path));
  const changed: string[] = [];
  for (const entry of rest)
    if (touched.has(entry.path) && !(await isBeginning(git, target.top, entry))) changed.push(shown(entry.path));
  if (changed.length > 0) return { kind: 'changed', paths: changed };
  const scratch = { ...own, seed: join(side, 'scratch') };
  const tree = await withIndex(snapshots, scratch, async (index) => {
    await index('read-tree', now);
    const input = rest.map(({ mode, blob, path }) => `${mode} ${blob}\t${path}\0`).join('');
    await index.bytes(['update-index', '-z', '--index-info'], { input: Buffer.from(input, 'latin1') });
    return (await index('write-tree')).trim();
  });
  return { kind: 'step', present: now, next: tree };
}

// ---

interface Entry {
  /** All zeros: it is to be removed. */
  readonly mode: string;
  readonly blob: string;
  /** Each character is a byte. */
  readonly path: string;
}

/** By path. */
async function entriesBetween(git: Git, from: string, to: string): Promise<Map<string, Entry>> {
  const listed = await git.bytes(['diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', from, to]);
  const fields = listed.toString('latin1').split('\0');
  const entries = new Map<string, Entry>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [about = '', path = ''] = fields.slice(at, at + 2);
    const [, mode = '', , blob = ''] = about.split(' ');
    entries.set(path, { mode, blob, path });
  }
  return entries;
}

async function isBeginning(git: Git, top: string, { mode, blob, path }: Entry): Promise<boolean> {
  const at = Buffer.concat([Buffer.from(`${top}/`), Buffer.from(path, 'latin1')]);
  const found = await lstat(at).catch(() => undefined);
  // It is removed before it is written.
  if (!found) return true;
  if (!found.isFile() || !mode.startsWith('100')) return false;
  const whole = await git.bytes(['cat-file', 'blob', blob]);
  return whole.subarray(0, found.size).equals(await readFile(at));
}

function shown(path: string): string {
  return Buffer.from(path, 'latin1').toString();
}
