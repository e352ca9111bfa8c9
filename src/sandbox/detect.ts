/**
 * Detects the OS sandbox of this host, for the plugin and for `doctor`. A version number is not enough: it runs a
 * command inside the sandbox and checks the isolation. A sandbox that fails is absent, with the reason and the remedy.
 */

import { homedir } from 'node:os';
import { createBubblewrap } from './bubblewrap.js';
import { findBubblewrap } from './find-bubblewrap.js';
import type { DetectedSandbox, Sandbox, SandboxOptions } from './sandbox.js';
import { createSeatbelt, findSeatbelt } from './seatbelt.js';
import { testIsolation } from './self-test.js';

/** Detection runs once per process; each call creates a new sandbox. */
export async function findSandbox(options: SandboxOptions): Promise<DetectedSandbox> {
  detection ??= probe();
  const found = await detection;
  if (found.kind === 'absent') return found;
  const { name, version } = found;
  return { kind: 'available', name, version, sandbox: found.make(options) };
}

/**
 * The work directory is hidden from every command, also where it lies in a workspace. `off`: the settings want none.
 */
export async function sandboxFor(
  paths: { readonly workdir: string; readonly temporary: string; readonly homes?: string },
  setting: 'auto' | 'off',
  { env, widening }: Pick<SandboxOptions, 'env' | 'widening'> = {},
): Promise<DetectedSandbox> {
  if (setting === 'off') return { kind: 'absent', why: 'security.sandbox is off', fix: 'Set it to "auto"' };
  const { workdir, homes, temporary } = paths;
  return findSandbox({
    hidden: [workdir],
    home: homedir(),
    notes: temporary,
    ...(homes === undefined ? {} : { homes }),
    ...(env === undefined ? {} : { env }),
    ...(widening === undefined ? {} : { widening }),
  });
}

// ---

type Absent = Extract<DetectedSandbox, { kind: 'absent' }>;

interface Usable {
  readonly kind: 'usable';
  readonly name: string;
  readonly version: string;
  make(options: SandboxOptions): Sandbox;
}

let detection: Promise<Usable | Absent> | undefined;

async function probe(): Promise<Usable | Absent> {
  const candidate = await findCandidate();
  if (candidate.kind === 'absent') return candidate;
  const failure = await testIsolation(candidate.make, process.platform === 'linux');
  return failure === undefined ? candidate : { kind: 'absent', ...failure };
}

async function findCandidate(): Promise<Usable | Absent> {
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
