/** The directory that `--workspace`, its variable or a settings file names must exist: no verb makes it. */
import { statSync } from 'node:fs';
import { namingSource } from '../config/setting-origin.js';
import { RookeryError } from '../domain/errors.js';
import { fileProblem } from '../files/errors.js';
import type { Session } from './session.js';

/**
 * Throws `usage` for a workspace that is no directory: otherwise only the tools would notice, one call after the other.
 * Not for `sign`: that workspace may be on another host.
 */
export function checkWorkspace({ settings }: Pick<Session, 'settings'>): void {
  const { value, source } = settings.workspace;
  const problem = problemOfDirectory(value);
  if (problem === undefined) return;
  const hint = 'Give a directory with --workspace';
  throw namingSource(new RookeryError('usage', `The workspace ${value} ${problem}`, { hint }), source);
}

/** Of a worker: the current directory is no workspace of its tasks. */
export function checkGivenWorkspace(session: Pick<Session, 'settings'>): void {
  if (session.settings.workspace.origin !== 'default') checkWorkspace(session);
}

// ---

function problemOfDirectory(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats) return 'does not exist';
    return stats.isDirectory() ? undefined : 'is not a directory';
  } catch (error) {
    return `cannot be used: ${fileProblem(error)}`;
  }
}
