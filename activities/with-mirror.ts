/**
 * Runs an activity together with the mirror of its task: writes the given state while the activity works, and reports
 * how that went.
 */
import { Context } from '@temporalio/activity';
import type { Mirrored, MirrorReport as Told } from '../src/domain/activity-calls.js';
import { cancelIfEnded } from './external-end.js';
import type { HeartbeatState } from './heartbeat.js';
import type { OpenedTask } from './open-task.js';
import type { MirrorWrite } from './ports.js';
import type { Shared } from './shared.js';

export interface MirroredTask extends OpenedTask {
  readonly record: Mirrored;
}

/** The state that the files are to show. */
export async function stateOf(shared: Shared, { task, messages, record }: MirroredTask): Promise<MirrorWrite> {
  const runStarted = await shared.runStarts.of(Context.current().info.workflowExecution);
  const workspace = task.authority.signed ? { workspace: task.workspace } : {};
  return { id: task.id, input: task.input, record, runStarted, messages, ...workspace };
}

/** `ended` is aborted when another program has ended the task. Without a record nothing is mirrored. */
export async function withMirror<R extends object>(
  shared: Shared,
  { record, live, ...opened }: OpenedTask & { readonly record: Mirrored | undefined; readonly live: HeartbeatState },
  work: (ended: AbortSignal) => Promise<R>,
): Promise<R & Told> {
  const ended = new AbortController();
  if (!record) return work(ended.signal);
  const runId = Context.current().info.workflowExecution?.runId ?? '';
  const state = (): Promise<MirrorWrite> => stateOf(shared, { ...opened, record });
  const subscription = shared.backgroundMirror.show(runId, state, () => ended.abort());
  live.behindSince = () => subscription.behindSince;
  try {
    const result = await work(ended.signal);
    const report = subscription.report();
    await cancelIfEnded(report.found);
    return { ...result, ...report };
  } finally {
    subscription.unsubscribe();
  }
}
