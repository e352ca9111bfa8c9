/** The status of one task: from Temporal when it answers, else from the files, with the reason. */

import { readFile } from 'node:fs/promises';
import { RookeryError } from '../domain/errors.js';
import { RUNS_ELSEWHERE } from '../domain/external-edit.js';
import type { StatusAnswer, TaskInput } from '../domain/protocol.js';
import { isTerminal } from '../domain/task.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import type { TaskFile } from '../domain/wire.js';
import { pendingFile } from '../mirror/project.js';
import { readTask } from '../mirror/reader.js';
import { spentIn } from '../mirror/write-order.js';
import { type ManagerContext, notFound, type Online } from './context.js';
import { heartbeatOf } from './live-text.js';
import { describe, type Ending, endingOf, inputOf, reconcile } from './reconcile.js';
import { fromFiles, NO_SERVER, type StatusObject, spentDetail, taskFieldsOf, withRecord } from './status-object.js';
import { queryStatus, workflowDetail, workflowStateOf } from './workflow-state.js';

/** A mirror that is behind for less time is only in flight. */
const MIRROR_DELAY_MS = 2_000;

export async function status(context: ManagerContext, id: string): Promise<StatusObject> {
  const { client } = context;
  const read = await readTask(context.paths, id);
  const description = client && (await describe(client, id));
  if (!client || !description) return offline(context, id, read);
  const connected: Online = { ...context, client };
  const file = read.kind === 'task' ? read.task : await fileOf(connected, description);
  const ending = await endingOf(client, description);
  return ending ? ended(connected, { id, file, ending, description }) : open(connected, { file, description });
}

// ---

type Description = NonNullable<Awaited<ReturnType<typeof describe>>>;
type Read = Awaited<ReturnType<typeof readTask>>;

function offline({ client, paths }: ManagerContext, id: string, read: Read): StatusObject {
  if (read.kind === 'absent') throw notFound(id);
  if (read.kind === 'broken') {
    throw new RookeryError('not_found', `The file of task '${id}' cannot be read: ${read.reason}`, {
      hint: 'The file is kept as it is; restore it, or remove it',
    });
  }
  const reason = client ? 'it has no workflow; `rookery resume` starts it' : NO_SERVER;
  return fromFiles(read.task, reason, spentIn(paths.order(id)).spent);
}

/** A task whose file is gone still has its workflow. */
async function fileOf({ client }: Online, at: Description): Promise<TaskFile> {
  const input: TaskInput = (await inputOf(client, at)) ?? { prompt: '' };
  const created = input.created_at ?? timestampOf(microsOfMillis(at.startTime.getTime()));
  return { ...pendingFile(at.workflowId, input, created), status: 'Running' };
}

async function open(
  { client }: Online,
  { file, description }: { file: TaskFile; description: Description },
): Promise<StatusObject> {
  const { answer, phase, reason, attempt } = await workflowStateOf(client, description);
  const behind = answer?.mirror_behind_since ?? (await heartbeatOf(client, description)).behind_since ?? null;
  const live = answer ? withRecord(file, answer.record) : file;
  return {
    ...taskFieldsOf(live),
    detail: {
      phase,
      reason,
      attempt,
      source: 'temporal',
      ...spentDetail(answer?.record.usage),
      finish: answer?.record.finish ?? null,
      workflow: await workflowDetail(client, description),
      mirror: {
        behind_since:
          behind !== null && Date.now() - behind > MIRROR_DELAY_MS ? timestampOf(microsOfMillis(behind)) : null,
      },
    },
  };
}

interface Ended {
  readonly id: string;
  readonly file: TaskFile;
  readonly ending: Ending;
  readonly description: Description;
}

async function ended(context: Online, { id, file, ending, description }: Ended): Promise<StatusObject> {
  const repaired = isTerminal(file.status) ? false : await reconcile(context, id).catch(() => false);
  const read = repaired ? await readTask(context.paths, id) : undefined;
  const current = read?.kind === 'task' ? read.task : file;
  // An end without a result (a cancel, a terminate) keeps the last state of the workflow.
  const answer = ending.outcome ? undefined : await queryStatus(context.client, description);
  const closed = description.closeTime?.getTime() ?? Date.now();
  const behind = !isTerminal(current.status);
  // The end that was in the file first is the task's end, even when another program wrote it.
  const { status, result, error } = behind ? ending : current;
  return {
    ...taskFieldsOf({ ...current, status, result, error, checkpoint: null }),
    iterations: ending.outcome?.iterations ?? current.iterations,
    detail: {
      phase: 'done',
      reason: (await handedOver(context, id)) ?? endReason(ending, answer),
      attempt: null,
      source: 'temporal',
      ...spentDetail(ending.outcome?.usage ?? answer?.record.usage),
      finish: ending.outcome?.finish ?? answer?.record.finish ?? null,
      workflow: await workflowDetail(context.client, description),
      mirror: { behind_since: behind ? timestampOf(microsOfMillis(closed)) : null },
    },
  };
}

function handedOver({ paths }: Online, id: string): Promise<string | undefined> {
  return readFile(paths.handed(id), 'utf8').catch(() => undefined);
}

function endReason({ outcome, error }: Ending, answer: StatusAnswer | undefined): string | null {
  const state = answer?.record.state;
  if (state?.kind !== 'cancelled') return outcome ? null : error;
  // When the file was watched, the workflow learned of the cancel first, and of its author later.
  return answer?.foreign && answer.foreign !== RUNS_ELSEWHERE ? answer.foreign : state.reason;
}
