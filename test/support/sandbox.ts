/** The sandbox of this machine for a test, or why there is none, to be put into the name of what is skipped. */
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSandbox } from '../../src/sandbox/detect.js';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.js';

export interface Here {
  readonly sandbox: Sandbox | undefined;
  /** Empty: there is one. */
  readonly why: string;
}

export async function sandboxHere(options: Partial<SandboxOptions> = {}): Promise<Here> {
  const found = await findSandbox({ hidden: [], home: homedir(), notes: NOTES, ...options });
  if (found.kind === 'available') return { sandbox: found.sandbox, why: '' };
  return { sandbox: undefined, why: ` (skipped: no sandbox here, ${found.why})` };
}

/** One for all tests of a file, as all commands of a work directory have one. */
export const NOTES = mkdtempSync(join(tmpdir(), 'rookery-notes-'));
process.once('exit', () => rmSync(NOTES, { recursive: true, force: true }));
