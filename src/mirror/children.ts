/**
 * The tasks that come from a task: forks of it, and runs of the same input. A list beside the files of the source, on
 * the host of the command that made them: visibility cannot be asked for a memo. Each child names its source itself.
 */
import { appendFile, readFile } from 'node:fs/promises';
import type { Lineage } from '../domain/continues.js';
import { isTaskId } from '../domain/task-id.js';
import { makeDirectory } from '../files/atomic-write.js';
import { ignoring } from '../files/errors.js';
import type { Paths } from './paths.js';

export interface Child {
  readonly id: string;
  readonly kind: Lineage['kind'];
  /** The iteration of the source up to which it has the conversation. */
  readonly iteration: number;
}

/** One line, in one write: no lock is needed. */
export async function noteChild(paths: Paths, source: string, { id, kind, iteration }: Child): Promise<void> {
  await makeDirectory(paths.side);
  await appendFile(paths.children(source), `${JSON.stringify({ id, kind, iteration })}\n`, { mode: 0o600 });
}

/** Oldest first. */
export async function childrenOf(paths: Paths, source: string): Promise<Child[]> {
  const text = await readFile(paths.children(source), 'utf8').catch(ignoring('ENOENT'));
  return (text ?? '').split('\n').flatMap((line) => toChild(line) ?? []);
}

// ---

function toChild(line: string): Child | undefined {
  try {
    const { id, kind, iteration } = JSON.parse(line) as Child;
    return isTaskId(id) && typeof kind === 'string' && Number.isSafeInteger(iteration)
      ? { id, kind, iteration }
      : undefined;
  } catch {
    return undefined;
  }
}
