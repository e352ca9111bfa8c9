/**
 * Runs an activity together with the mirror of its task: writes the given state while the activity works, and reports
 * how that went.
 */
import { Context } from '@temporalio/activity';
import type { Mirrored, MirrorReport as Told } from '../src/domain/protocol.js';
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
  return { id: task.id, input: task.input, record, runStarted, messages };
}

/** What stops the work of an activity: its cancellation, or another program that ends the task. */
export interface Stop {
  readonly signal: AbortSignal;
  /** Another program has ended the task. */
  readonly endedOutside: boolean;
}

/** Without a record nothing is mirrored. */
export async function withMirror<R extends object>(
  shared: Shared,
  { record, live, ...opened }: OpenedTask & { readonly record: Mirrored | undefined; readonly live: HeartbeatState },
  work: (stop: Stop) => Promise<R>,
): Promise<R & Told> {
  const { info, cancellationSignal } = Context.current();
  if (!record) return work({ signal: cancellationSignal, endedOutside: false });
  const stop = new LinkedStop(cancellationSignal);
  const runId = info.workflowExecution?.runId ?? '';
  const state = (): Promise<MirrorWrite> => stateOf(shared, { ...opened, record });
  const subscription = shared.backgroundMirror.show(runId, state, () => stop.end());
  live.behindSince = () => subscription.behindSince;
  try {
    const result = await work(stop);
    const report = subscription.report();
    await cancelIfEnded(report.found);
    return { ...result, ...report };
  } finally {
    subscription.unsubscribe();
  }
}

// ---

/** One controller for both: `AbortSignal.any` would need one more, and leaves its signals to the garbage collector. */
class LinkedStop implements Stop {
  readonly #controller = new AbortController();
  endedOutside = false;

  constructor(cancellation: AbortSignal) {
    const abort = (): void => this.#controller.abort(cancellation.reason);
    if (cancellation.aborted) abort();
    // The signal is the activity's own, and goes with it.
    else cancellation.addEventListener('abort', abort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    this.endedOutside = true;
    this.#controller.abort();
  }
}
