/** Which OS sandbox confines commands on this host: asked by the plugin, which uses it, and by `doctor`, which tells. */
import { homedir } from 'node:os';
import type { Paths } from './mirror/paths.js';
import { findSandbox } from './tools/sandbox/find.js';
import type { Found } from './tools/sandbox/sandbox.js';

/** The work directory is hidden from every command, also where it lies in a workspace. */
export async function sandboxFor(paths: Paths): Promise<Found> {
  return findSandbox({ hidden: [paths.workdir], home: homedir() });
}
