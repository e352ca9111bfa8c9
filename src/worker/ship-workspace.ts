/**
 * Ships the work tree of a git workspace as a bundle: what is committed, changed and untracked, without what git
 * ignores. Made with a repository and an index of ours beside the person's, whose own index, head and refs stay as they
 * are.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { type Git, gitIn, type Repository, repositoryIn } from '../git/git.js';
import { initSideRepository } from '../git/side-repository.js';
import { addChanges } from '../git/snapshot.js';
import type { Environment } from '../processes/command-environment.js';
import type { BundleNote, BundleStore } from './bundle-store.js';

export interface ShippedState {
  readonly task: string;
  readonly workspace: string;
  readonly iterations: number;
  readonly runStarted: number;
  readonly version: number;
}

export interface Shipping {
  readonly store: BundleStore;
  readonly env: Environment;
  readonly host: string;
  readonly maxBytes: number;
  /** A directory of ours for this task, on this host. */
  readonly side: string;
}

/** @returns why nothing was shipped; undefined when the bundle is there, or nothing has changed */
export async function shipWorkspace(shipping: Shipping, state: ShippedState): Promise<string | undefined> {
  const { store, env, side, host, maxBytes } = shipping;
  const { task, workspace } = state;
  const repository = await repositoryIn(workspace, gitIn(workspace, env));
  if (typeof repository === 'string') return repository;
  const git = await sideRepository({ workspace, env, side }, repository);
  const added = await bytesToAdd(git, workspace);
  if (added > maxBytes) return tooLarge(added, maxBytes);
  // Not `add`: it would look into repositories within the workspace, with the programs that their settings name.
  await addChanges(git, { top: workspace, directory: '' });
  const tree = (await git('write-tree')).trim();
  const known = await store.read(task);
  if (known && isNewer(known, state)) return 'another host has shipped a newer state';
  const { head = null, branch = null, format } = repository;
  const { iterations, runStarted: run_started, version } = state;
  const at = { host, iterations, run_started, version, shipped_at: timestampOf(microsOfMillis(Date.now())) };
  if (known?.host === host && known.head === head && (await git.ask('rev-parse', `${known.work}^{tree}`)) === tree) {
    // Nothing has changed: the bundle is that of this state too.
    if (known.version !== version) await store.write(task, { ...known, ...at });
    return undefined;
  }
  const base = await baseFor(git, known, head);
  const work = (await git('commit-tree', tree, ...(head ? ['-p', head] : []), '-m', 'Work in progress')).trim();
  const size = await sizeOf(git, base, work);
  if (size > maxBytes) return tooLarge(size, maxBytes);
  await placeBundles(git, store, { task, work, base });
  await store.write(task, { ...at, id: work, format, branch, base, head, work });
  return undefined;
}

// ---

/** The refs that the bundles hold. */
const WORK = 'refs/rookery/work';
const BASE = 'refs/rookery/base';

interface Side {
  readonly workspace: string;
  readonly env: Environment;
  readonly side: string;
}

/** The settings of the workspace's repository are not read. */
async function sideRepository({ workspace, env, side }: Side, repository: Repository): Promise<Git> {
  const git = gitIn(workspace, env, { side });
  const isNew = await initSideRepository(git, side, repository);
  if (isNew && repository.head) await git('read-tree', repository.head);
  return git;
}

/** Of the files that are new or have changed since the last time. */
async function bytesToAdd(git: Git, workspace: string): Promise<number> {
  const names = (await git('ls-files', '-z', '-o', '-m', '--exclude-standard')).split('\0').filter(Boolean);
  let bytes = 0;
  for (const name of new Set(names)) {
    const stats = await lstat(join(workspace, name)).catch(() => undefined);
    if (stats?.isFile()) bytes += stats.size;
  }
  return bytes;
}

/** That of the last bundle, as long as the person's commits go on from it: then the history is not written again. */
async function baseFor(git: Git, known: BundleNote | undefined, head: string | null): Promise<string | null> {
  if (!head || !known?.base) return head;
  return (await git.ask('merge-base', '--is-ancestor', known.base, head)) === undefined ? head : known.base;
}

async function sizeOf(git: Git, base: string | null, work: string): Promise<number> {
  const measure = async (...range: string[]) => Number(await git('rev-list', '--objects', '--disk-usage', ...range));
  return base ? (await measure(base)) + (await measure(work, `^${base}`)) : measure(work);
}

/** The history up to the base is written once, for every task that begins there. */
async function placeBundles(
  git: Git,
  store: BundleStore,
  { task, work, base }: Pick<BundleNote, 'work' | 'base'> & { readonly task: string },
): Promise<void> {
  await git('update-ref', WORK, work);
  if (base) {
    await git('update-ref', BASE, base);
    await store.place(store.baseBundle(base), (path) => bundle(git, path, BASE));
  }
  const range = base ? [WORK, `^${base}`] : [WORK];
  await store.place(store.bundleOf(task, { work }), (path) => bundle(git, path, ...range));
}

async function bundle(git: Git, path: string, ...revisions: string[]): Promise<void> {
  await git('bundle', 'create', '-q', path, ...revisions);
}

function isNewer(known: BundleNote, { runStarted, version }: ShippedState): boolean {
  return known.run_started > runStarted || (known.run_started === runStarted && known.version > version);
}

function tooLarge(bytes: number, most: number): string {
  const megabytes = (count: number): string => `${Math.ceil(count / 1e6)} MB`;
  return `it would take ${megabytes(bytes)}, more than the ${megabytes(most)} that bundles may take (workspace.bundle_max_mb)`;
}
