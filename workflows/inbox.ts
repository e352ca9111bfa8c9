/** Signals and queries of a task. A handler only records or shows; the loop decides. */
import { defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import {
  type Carried,
  QUERIES,
  SIGNALS,
  type SignedMessage,
  type StatusAnswer,
  type TranscriptAnswer,
} from '../src/domain/protocol.js';
import type { Owed } from './owed.js';
import type { Run } from './run.js';

/** Try again now, signed over workflow id and message id. Wakes a task that waits for a person. */
export const resumeSignal = defineSignal<[SignedMessage]>(SIGNALS.resume);
export const statusQuery = defineQuery<StatusAnswer>(QUERIES.status);
export const transcriptQuery = defineQuery<TranscriptAnswer>(QUERIES.transcript);

const KEPT = 16;

export class Inbox {
  /** Messages that ask to try again; an activity verifies them before they count. */
  readonly wakes: SignedMessage[];
  /** The task waits for a person, or looks at a message that came meanwhile; else there is nothing to try again. */
  open: boolean;

  constructor(run: Run, owed: Owed, carried: Carried | undefined) {
    this.wakes = [...(carried?.wakes ?? [])];
    this.open = typeof carried?.wait === 'string';
    setHandler(resumeSignal, (message) => {
      // Anybody can send a signal: what does not look like ours, or floods, is dropped here.
      const looksRight = typeof message?.id === 'string' && message.id.length <= 64;
      if (this.open && looksRight && this.wakes.length < KEPT) this.wakes.push(message);
    });
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
