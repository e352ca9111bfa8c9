/** Follows a task on the terminal or as JSON lines, for `run` and `follow`; returns its exit code. */

import { fileNameOf } from '../domain/task-id.js';
import type { Followed } from '../manager/follow.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import type { StatusObject } from '../manager/status-object.js';
import { inPlainWords } from '../server/connect.js';
import { canPrompt } from './approval-prompt.js';
import { detachOn, reportDetached } from './detach.js';
import { type ExitCode, exitOfStatus } from './exit.js';
import { promptForLimit } from './limit-prompt.js';
import { Progress } from './progress.js';
import { endedCommandsLine } from './render.js';
import type { Session } from './session.js';
import { noteTaskAtHand } from './task-at-hand.js';
import { TerminalNotices } from './terminal-notices.js';
import { promptForApprovals } from './walk-through.js';

export interface WatchOptions {
  readonly id: string;
  readonly since?: string;
  readonly timeout?: unknown;
  readonly keepWaiting?: unknown;
  /** Where people see the events: progress on stderr, or results on stdout. */
  readonly lines: 'info' | 'line';
  /** Called when the task has ended or waits for a person; `isShown`: the lines above say that it waits, and for what. */
  readonly onEnd: (status: StatusObject, isShown: boolean) => void;
}

export async function watch(
  session: Session,
  manager: BackgroundTaskManager,
  options: WatchOptions,
): Promise<ExitCode> {
  const { out } = session;
  noteTaskAtHand(options.id);
  const progress = new Progress(session, options.lines, options.id);
  const notices = new TerminalNotices(session);
  const detach = detachOn(options.timeout);
  try {
    const { kind, status } = await followed(session, manager, { ...options, progress, notices, signal: detach.signal });
    progress.stop();
    notices.left(status);
    if (kind === 'waiting' && out.json) out.value({ type: 'waiting', ...status });
    options.onEnd(status, progress.showsWait);
    const cutOff = endedCommandsLine(status);
    if (cutOff !== undefined) out.info(cutOff);
    return exitOfStatus(status);
  } catch (error) {
    progress.stop();
    const code = detach.code();
    if (code === undefined)
      throw inPlainWords(error, `Run \`rookery up -d\`, then \`rookery follow ${fileNameOf(options.id)}\``);
    reportDetached(out, code, [options.id]);
    return code;
  } finally {
    notices.stop();
    detach.release();
  }
}

interface Watching extends WatchOptions {
  readonly progress: Progress;
  readonly notices: TerminalNotices;
  readonly signal: AbortSignal;
}

type Prompt = (session: Session, manager: BackgroundTaskManager, id: string) => Promise<boolean>;

/** What asks the person at the terminal, by the phase in which the task waits; false: it was left waiting. */
const PROMPTS: Readonly<Record<string, Prompt>> = {
  waiting_approval: promptForApprovals,
  waiting_limit: promptForLimit,
  waiting_question: promptForApprovals,
};

/** Returns when the task ends or is left waiting; asks the person at the terminal where that is possible. */
async function followed(session: Session, manager: BackgroundTaskManager, options: Watching): Promise<Followed> {
  const { id, progress, notices, signal } = options;
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
        notices.show(event);
      },
      onNow: (now) => progress.happens(now),
    });
    const prompt = PROMPTS[result.status.detail.phase];
    if (!asks || result.kind !== 'waiting' || !prompt) return result;
    progress.stop();
    const decided = await prompt(session, manager, id);
    // Ctrl-C at the question detaches, as everywhere.
    signal.throwIfAborted();
    if (!decided) return result;
    progress.go();
  }
}
