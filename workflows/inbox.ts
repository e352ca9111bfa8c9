/** Signals and queries of a task. A handler only records or answers; the loop decides. */
import { setHandler } from '@temporalio/workflow';
import type { Carried } from '../src/domain/continue-as-new.js';
import { type SignedMessage, toSignedMessage } from '../src/domain/messages.js';
import { waitOf } from '../src/domain/wait.js';
import type { PendingApprovals } from './approvals.js';
import { approvalsQuery, decideSignal, resumeSignal, statusQuery, transcriptQuery } from './definitions.js';
import type { Moves } from './moves.js';
import type { PendingMirror } from './pending-mirror.js';
import type { TaskRun } from './task-state.js';

const KEPT = 16;

interface Subjects {
  readonly run: TaskRun;
  readonly pendingMirror: PendingMirror;
  readonly approvals: PendingApprovals;
  readonly moves: Moves;
}

export class Inbox {
  /** Messages that request another attempt; an activity verifies them before they count. */
  readonly wakes: SignedMessage[];
  /** The task waits for its next try, or handles a message that arrived meanwhile; otherwise there is nothing to retry. */
  open: boolean;

  constructor({ run, pendingMirror, approvals, moves }: Subjects, carried: Carried | undefined) {
    this.wakes = [...(carried?.wakes ?? [])];
    this.open = waitOf(carried?.wait) !== null;
    setHandler(resumeSignal, (raw) => {
      const message = toSignedMessage(raw);
      // Excess messages are dropped here.
      if (this.open && message && this.wakes.length < KEPT) this.wakes.push(message);
    });
    setHandler(decideSignal, (decision) => approvals.receive(decision));
    setHandler(approvalsQuery, () => ({ approvals: approvals.shown }));
    setHandler(statusQuery, () => ({
      record: run.record,
      phase: run.phase,
      reason: run.reason,
      mirror_behind_since: pendingMirror.behindSince,
      foreign: run.foreign,
      host: run.filesHost,
      move: moves.answer,
    }));
    setHandler(transcriptQuery, () => ({ messages: run.messages }));
  }
}
