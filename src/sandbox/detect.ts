/**
 * Finds what can confine commands on this host. It believes no version number alone: it runs a command inside and looks
 * whether that is really confined. What does not hold is absent, with the reason and what to do.
 */

import { homedir } from 'node:os';
import { createBubblewrap } from './bubblewrap.js';
import { findBubblewrap } from './find-bubblewrap.js';
import type { DetectedSandbox, Sandbox, SandboxOptions } from './sandbox.js';
import { createSeatbelt, findSeatbelt } from './seatbelt.js';
import { isolation } from './self-test.js';

/** The look is made once for the process; each call makes a sandbox of its own. */
export async function findSandbox(options: SandboxOptions): Promise<DetectedSandbox> {
  probed ??= look();
  const found = await probed;
  if (found.kind === 'absent') return found;
  const { name, version } = found;
  return { kind: 'available', name, version, sandbox: found.make(options) };
}

/** The work directory is hidden from every command, also where it lies in a workspace. `off`: the settings want none. */
export async function sandboxFor(
  paths: { readonly workdir: string },
  setting: 'auto' | 'off',
): Promise<DetectedSandbox> {
  if (setting === 'off') return { kind: 'absent', why: 'security.sandbox is off', fix: 'Set it to "auto"' };
  return findSandbox({ hidden: [paths.workdir], home: homedir() });
}

// ---

type Absent = Extract<DetectedSandbox, { kind: 'absent' }>;

interface Usable {
  readonly kind: 'usable';
  readonly name: string;
  readonly version: string;
  make(options: SandboxOptions): Sandbox;
}

let probed: Promise<Usable | Absent> | undefined;

async function look(): Promise<Usable | Absent> {
  const candidate = await onThisSystem();
  if (candidate.kind === 'absent') return candidate;
  const wrong = await isolation(candidate.make, process.platform === 'linux');
  return wrong === undefined ? candidate : { kind: 'absent', ...wrong };
}

async function onThisSystem(): Promise<Usable | Absent> {
  if (process.platform === 'linux') {
    const found = await findBubblewrap();
    if (found.kind === 'absent') return found;
    const make = (options: SandboxOptions) => createBubblewrap(found.bubblewrap, options);
    return { kind: 'usable', name: 'bubblewrap', version: found.version, make };
  }
  if (process.platform === 'darwin') {
    const found = await findSeatbelt();
    return found.kind === 'absent'
      ? found
      : { kind: 'usable', name: 'sandbox-exec', version: found.version, make: createSeatbelt };
  }
  const why = `there is none for ${process.platform}`;
  return { kind: 'absent', why, fix: 'Run the worker on Linux or macOS, in WSL 2 or in a container' };
}
