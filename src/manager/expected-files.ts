/**
 * The files that a task must have, computed from Temporal alone, and the host that must have them. Reads nothing here;
 * writes nothing.
 */
import type { TaskInput } from '../domain/protocol.js';
import { hostIn } from '../domain/task-memo.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { type TaskFile, toWire } from '../domain/wire.js';
import { pendingFile, project } from '../mirror/project.js';
import type { Restored } from '../mirror/replace.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import { rebuild } from './rebuild.js';
import { endedFile, endingOf } from './workflow-ending.js';

export interface ExpectedFiles {
  readonly input: TaskInput;
  /** Null: no host has the task yet. */
  readonly host: string | null;
  readonly files: Restored;
}

/** @returns undefined when Temporal has no history of it */
export async function expectedFiles(
  client: TemporalClient,
  at: WorkflowDescription,
): Promise<ExpectedFiles | undefined> {
  const id = at.workflowId;
  const rebuilt = await rebuild(client, id, at.runId);
  if (!rebuilt) return undefined;
  const { input, record } = rebuilt;
  const host = hostIn(at.memo) ?? rebuilt.host;
  const position = { run_started: at.startTime.getTime(), version: record.version };
  const projected = rebuilt.mirrored ? project({ id, ...rebuilt }) : submitted(id, input, at.startTime);
  const ending = record.state.kind === 'running' ? await endingOf(client, at) : undefined;
  if (!ending) return { input, host, files: { ...projected, position, ended: record.state.kind !== 'running' } };
  // It ended without running workflow code: the close event is the only source.
  const file = endedFile(fileIn(projected.task, id), ending, at.closeTime);
  const files = {
    task: toWire(file, input.extra),
    checkpoint: null,
    position: { ...position, version: Number.MAX_SAFE_INTEGER },
    ended: true,
  };
  return { input, host, files };
}

/** The text of a task file as an object. The text has the name of the file as its id. */
export function fileIn(text: string, id: string): TaskFile {
  return { ...(JSON.parse(text) as TaskFile), id };
}

// ---

/** The file before the first write of the mirror. */
function submitted(id: string, input: TaskInput, started: Date): ReturnType<typeof project> {
  const created = input.created_at ?? timestampOf(microsOfMillis(started.getTime()));
  return { task: toWire(pendingFile(id, input, created), input.extra), checkpoint: null };
}
