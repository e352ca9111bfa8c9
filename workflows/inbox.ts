/** Signals and queries of a task. A handler only records or shows; the loop decides. */
import { defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import type { ApprovalsAnswer, Decision } from '../src/domain/approval.js';
import type { Carried } from '../src/domain/carried.js';
import { toSignedMessage } from '../src/domain/messages.js';
import { QUERIES, SIGNALS, type StatusAnswer, type TranscriptAnswer } from '../src/domain/protocol.js';
import type { SignedMessage } from '../src/domain/signed.js';
import type { Asks } from './asks.js';
import type { Owed } from './owed.js';
import type { Run } from './run.js';

/** Try again now, signed over workflow id and message id. Wakes a task that waits for a person. */
export const resumeSignal = defineSignal<[SignedMessage]>(SIGNALS.resume);
/** What a person says of a call that waits for approval, signed. */
export const decideSignal = defineSignal<[Decision]>(SIGNALS.decide);
/** The calls that wait for approval. */
export const approvalsQuery = defineQuery<ApprovalsAnswer>(QUERIES.approvals);
export const statusQuery = defineQuery<StatusAnswer>(QUERIES.status);
export const transcriptQuery = defineQuery<TranscriptAnswer>(QUERIES.transcript);

const KEPT = 16;

interface Subjects {
  readonly run: Run;
  readonly owed: Owed;
  readonly asks: Asks;
}

export class Inbox {
  /** Messages that ask to try again; an activity verifies them before they count. */
  readonly wakes: SignedMessage[];
  /** The task waits for a person, or looks at a message that came meanwhile; else there is nothing to try again. */
  open: boolean;

  constructor({ run, owed, asks }: Subjects, carried: Carried | undefined) {
    this.wakes = [...(carried?.wakes ?? [])];
    this.open = typeof carried?.wait === 'string';
    setHandler(resumeSignal, (raw) => {
      const message = toSignedMessage(raw);
      // A flood is dropped here.
      if (this.open && message && this.wakes.length < KEPT) this.wakes.push(message);
    });
    setHandler(decideSignal, (decision) => asks.receive(decision));
    setHandler(approvalsQuery, () => ({ approvals: asks.approvals }));
    setHandler(statusQuery, () => ({
      record: run.record,
      phase: run.phase,
      reason: run.reason,
      mirror_behind_since: owed.behindSince,
      foreign: run.foreign,
    }));
    setHandler(transcriptQuery, () => ({ messages: run.messages }));
  }
}
