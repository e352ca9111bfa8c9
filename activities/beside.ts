/** Joins an activity with the files of its task: what it is given to show is written while it works, and it says how. */
import { Context } from '@temporalio/activity';
import type { Mirrored, Beside as Told } from '../src/domain/protocol.js';
import type { MirrorWrite } from './deps.js';
import { cancelIfEnded } from './external-end.js';
import type { Rider } from './fresh.js';
import type { Heard } from './hear.js';
import type { Live } from './heartbeat.js';
import type { Shared } from './shared.js';

export interface Shown extends Heard {
  readonly record: Mirrored;
}

/** What the files are to show. */
export async function stateOf(shared: Shared, { task, messages, record }: Shown): Promise<MirrorWrite> {
  const runStarted = await shared.runStarts.of(Context.current().info.workflowExecution);
  return { id: task.id, input: task.input, record, runStarted, messages };
}

/** `ended` is aborted when another program has ended the task. Without a record there is nothing to show. */
export async function beside<R extends object>(
  shared: Shared,
  { record, live, ...heard }: Heard & { readonly record: Mirrored | undefined; readonly live: Live },
  work: (ended: AbortSignal) => Promise<R>,
): Promise<R & Told> {
  if (!record) return work(new AbortController().signal);
  const runId = Context.current().info.workflowExecution?.runId ?? '';
  const rider: Rider = shared.fresh.show(runId, () => stateOf(shared, { ...heard, record }));
  live.behind = () => rider.behindSince;
  try {
    const result = await work(rider.ended);
    const report = rider.report();
    await cancelIfEnded(report.found);
    return { ...result, ...report };
  } finally {
    rider.leave();
  }
}
