/**
 * What a task started from: the files of its workspace before its first step, as a tree in a repository of ours, and the
 * work tree that was made for it. A note beside the other files of the task.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ChangedFile } from '../domain/changed-file.js';
import { makeDirectory, replaceTextFile, writeDurably } from '../files/atomic-write.js';
import type { WorkTreePlace } from './work-tree.js';

/** The work tree of a task, made in the person's repository. */
export interface TaskWorktree {
  readonly path: string;
  /** Top of the person's own work tree. */
  readonly repository: string;
  readonly branch: string;
  /** The commit that it starts from. */
  readonly commit: string;
}

/** What is to become of a work tree: tree objects. */
export interface Step {
  readonly present: string;
  readonly next: string;
}

export type TaskBaseline =
  /** There is nothing to compare with. */
  NoBaseline | { readonly kind: 'making'; readonly worktree: TaskWorktree } | ReadyBaseline;

export interface NoBaseline {
  readonly kind: 'none';
  readonly reason: string;
  /** What the task had changed, recorded when its states were removed; null: not known. */
  readonly files?: readonly ChangedFile[] | null;
}

export interface ReadyBaseline extends WorkTreePlace {
  readonly kind: 'ready';
  /** The commit that was checked out; null before the first one. */
  readonly commit: string | null;
  readonly tree: string;
  /**
   * The tree at the end of a task that worked in the person's own work tree: what changes later is not of the task. Of a
   * work tree of its own: the tree from which it is made again, because it was removed when all of it was applied.
   */
  readonly end?: string;
  readonly worktree?: TaskWorktree;
  /** The tree whose changes were last applied to the person's work tree. */
  readonly applied?: string;
  /** What is being done to the person's work tree. */
  readonly applying?: Step;
}

/** @returns undefined when nothing was noted, or the note did not survive a power cut */
export async function readBaseline(path: string): Promise<TaskBaseline | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as TaskBaseline;
    return ['none', 'making', 'ready'].includes(value.kind) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The task continues, or its work tree is there after all. */
export function withoutEnd({ end: _, ...baseline }: ReadyBaseline): ReadyBaseline {
  return baseline;
}

/** Without the note of its work tree nothing would find it; any other one may be lost in a power cut. */
export async function writeBaseline(path: string, baseline: TaskBaseline): Promise<void> {
  const text = JSON.stringify(baseline);
  await makeDirectory(dirname(path));
  if ('worktree' in baseline) await writeDurably(path, text);
  else await replaceTextFile(path, text, { sync: false });
}
