/**
 * Tells the notifier of this host of an event of a task: on the host that has the task, whose settings say how. An error
 * is tried again by the workflow's retry policy. Changes nothing of the task.
 */
import { Context } from '@temporalio/activity';
import { noticeOf } from '../src/domain/notice.js';
import type { NotifyInput, NotifyResult } from '../src/domain/notify-activity.js';
import { withHeartbeat } from './heartbeat.js';
import type { ActivityDeps } from './ports.js';
import type { Shared } from './shared.js';

export function createNotify(deps: ActivityDeps, shared: Shared) {
  return async function notify({ event, at, start }: NotifyInput): Promise<NotifyResult> {
    const { info } = Context.current();
    const { runId } = shared.admission.assertCalledFromTask(info);
    if (!deps.notifier.events.includes(event.type)) return { kind: 'none' };
    return withHeartbeat(deps, async () => {
      const task = await shared.admission.admit(info, { state: null, ...(start ? { start } : {}) });
      if (!task) return { kind: 'needed' };
      const { id, input } = task;
      try {
        const { prompt, name } = input;
        await deps.notifier.tell(noticeOf(event, { task: id, prompt, name, at, redact: deps.redact }));
      } finally {
        if (ENDS.has(event.type)) shared.admission.leave(runId);
      }
      return { kind: 'told' };
    });
  };
}

// ---

/** After these the task needs no slot any more. */
const ENDS: ReadonlySet<string> = new Set(['done', 'failed', 'cancelled']);
