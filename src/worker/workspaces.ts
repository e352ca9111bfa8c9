/**
 * The workspaces of tasks that change hosts: ships the work of those that run here, where that is set, beside the mirror
 * and never in its way, and makes the workspace of a task ready that this host takes over.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MirrorPort, MirrorWrite, WorkspacePort } from '../../activities/ports.js';
import { sentenceOf } from '../domain/errors.js';
import { makeDirectory, writeDurably } from '../files/atomic-write.js';
import { withLock } from '../files/file-lock.js';
import { isDirectory } from '../files/is-directory.js';
import type { Paths } from '../mirror/paths.js';
import type { Environment } from '../processes/command-environment.js';
import type { Signer, Verifier } from '../signing/signature.js';
import { type BundleNote, BundleStore } from './bundle-store.js';
import type { ShipOptions } from './plugin-options.js';
import { restoreWorkspace } from './restore-workspace.js';
import { Shipper } from './shipper.js';

export interface WorkspacesContext {
  readonly paths: Paths;
  readonly host: string;
  readonly env: Environment;
  readonly signer: Signer & Verifier;
  readonly announce: (line: string) => void;
}

export interface Workspaces extends WorkspacePort {
  /** The mirror, with the work of its tasks shipped after each write. */
  shipping(mirror: MirrorPort): MirrorPort;
}

/** Without options nothing is shipped, and a task moves to any host that has its directory. */
export function createWorkspaces(context: WorkspacesContext, ship: ShipOptions | undefined): Workspaces {
  if (!ship) return { prepare: ({ workspace }) => present(workspace), shipping: (mirror) => mirror };
  const store = new BundleStore(ship.directory, context.signer);
  const shipper = new Shipper({ ...context, store, maxBytes: ship.maxBytes ?? SHIP_BYTES });
  return {
    async prepare({ id, workspace }) {
      try {
        const note = await store.read(id);
        // Its own work lies here, in the workspace.
        if (!note || note.host === context.host) return present(workspace);
        const lock = join(await sideOf(context.paths, id), '~lock');
        return await withLock(lock, () => restored(context, { store, task: id, workspace, note }), RESTORE_MS);
      } catch (error) {
        return { problem: `the work of the task cannot be restored: ${sentenceOf(error)}` };
      }
    },
    shipping: (mirror) => ({
      async write(state: MirrorWrite) {
        const found = await mirror.write(state);
        shipper.note(state);
        return found;
      },
    }),
  };
}

// ---

const SHIP_BYTES = 200_000_000;
const RESTORE_MS = 10 * 60_000;

async function present(workspace: string): ReturnType<WorkspacePort['prepare']> {
  if (await isDirectory(workspace)) return {};
  return { problem: `it has no directory ${workspace}, the workspace of the task` };
}

async function sideOf(paths: Paths, id: string): Promise<string> {
  const side = paths.shipped(id);
  await makeDirectory(side);
  return side;
}

interface Wanted {
  readonly store: BundleStore;
  readonly task: string;
  readonly workspace: string;
  readonly note: BundleNote;
}

/** Once for each bundle: later activities of the task find the work here, and what has been done since. */
async function restored({ paths, env }: WorkspacesContext, wanted: Wanted): ReturnType<WorkspacePort['prepare']> {
  const { task, note } = wanted;
  const done = join(paths.shipped(task), '~restored');
  const told = `its workspace is that of iteration ${note.iterations}, shipped at ${note.shipped_at}`;
  if ((await readFile(done, 'utf8').catch(() => '')) === note.work) return { restored: told };
  const problem = await restoreWorkspace({ ...wanted, env, notes: paths.temporary });
  if (problem !== undefined) return { problem };
  await rm(join(paths.shipped(task), 'repository'), { recursive: true, force: true });
  await writeDurably(done, note.work);
  return { restored: told };
}
