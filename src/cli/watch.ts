/** Follows a task on the terminal or as JSON lines, for `run` and `follow`; returns its exit code. */

import { fileNameOf } from '../domain/task-id.js';
import type { Followed } from '../manager/follow.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import type { StatusObject } from '../manager/status-object.js';
import { inPlainWords } from '../server/connect.js';
import { canPrompt, promptForApprovals } from './approval-prompt.js';
import { detachOn, reportDetached } from './detach.js';
import { type ExitCode, exitOfStatus } from './exit.js';
import { Progress } from './progress.js';
import type { Session } from './session.js';

export interface WatchOptions {
  readonly id: string;
  readonly since?: string;
  readonly timeout?: unknown;
  readonly keepWaiting?: unknown;
  /** Where people see the events: progress on stderr, or results on stdout. */
  readonly lines: 'info' | 'line';
  /** Called when the task has ended or waits for a person. */
  readonly onEnd: (status: StatusObject) => void;
}

export async function watch(
  session: Session,
  manager: BackgroundTaskManager,
  options: WatchOptions,
): Promise<ExitCode> {
  const { out } = session;
  const progress = new Progress(session, options.lines, options.id);
  const detach = detachOn(options.timeout);
  try {
    const { kind, status } = await followed(session, manager, { ...options, progress, signal: detach.signal });
    progress.stop();
    if (kind === 'waiting' && out.json) out.value({ type: 'waiting', ...status });
    options.onEnd(status);
    return exitOfStatus(status);
  } catch (error) {
    progress.stop();
    const code = detach.code();
    if (code === undefined)
      throw inPlainWords(error, `Run \`rookery up -d\`, then \`rookery follow ${fileNameOf(options.id)}\``);
    reportDetached(out, code, [options.id]);
    return code;
  } finally {
    detach.release();
  }
}

interface Watching extends WatchOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Returns when the task ends or is left waiting; asks the person at the terminal for approvals. */
async function followed(session: Session, manager: BackgroundTaskManager, options: Watching): Promise<Followed> {
  const { id, progress, signal } = options;
  const asks = canPrompt(session);
  let { since } = options;
  for (;;) {
    const result = await manager.follow(id, {
      ...(since === undefined ? {} : { since }),
      signal,
      leaveWaiting: () => asks || !options.keepWaiting,
      onEvent: (event) => {
        if ('cursor' in event && event.cursor !== '') since = event.cursor;
        progress.show(event);
      },
      onNow: (now) => progress.happens(now),
    });
    const waits = result.kind === 'waiting' && result.status.detail.phase === 'waiting_approval';
    if (!asks || !waits) return result;
    progress.stop();
    if (!(await promptForApprovals(session, manager, id))) return result;
    progress.go();
  }
}
