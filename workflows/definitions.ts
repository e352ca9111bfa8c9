/**
 * The definitions of the signals and queries of a task, for its own workflow, for other workflows and for clients:
 * `handle.query(statusQuery)`, `handle.signal(resumeSignal)`. A signal counts only from a client that has the plugin, or
 * signed.
 */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { InboxAnswer, PauseMessage, PersonMessage, RaiseMessage, WithdrawMessage } from '../src/domain/control.js';
import type { MoveMessage } from '../src/domain/host-change.js';
import type { ApprovalsAnswer, Decision, SignedMessage } from '../src/domain/messages.js';
import { QUERIES, SIGNALS, type StatusAnswer, type TranscriptAnswer } from '../src/domain/protocol.js';

/** Wakes a task that waits for its next try. A client that has the plugin needs no message: it makes and signs one. */
export const resumeSignal = defineSignal<[message?: SignedMessage]>(SIGNALS.resume);
/** A person's decision on a call that waits for approval: what `decisionOn` makes of an approval and an answer. */
export const decideSignal = defineSignal<[decision: Decision]>(SIGNALS.decide);
/** Moves a task to another host: what `{ id, host }` names. What the task may have begun there counts as interrupted. */
export const moveSignal = defineSignal<[message: MoveMessage]>(SIGNALS.move);
/** What a person says to the running task. A client that has the plugin signs it. */
export const messageSignal = defineSignal<[message: PersonMessage]>(SIGNALS.message);
/** Takes back a message that has not been delivered. */
export const withdrawSignal = defineSignal<[message: WithdrawMessage]>(SIGNALS.withdraw);
/** Halts the task before its next step; needs no signature. */
export const pauseSignal = defineSignal<[message?: PauseMessage]>(SIGNALS.pause);
/** Lets a paused task continue. A client that has the plugin needs no message: it makes and signs one. */
export const unpauseSignal = defineSignal<[message?: SignedMessage]>(SIGNALS.unpause);
/** Raises limits of the task, also while it waits at one. */
export const raiseSignal = defineSignal<[message: RaiseMessage]>(SIGNALS.raise);
/** What has become of the messages, whether the task is paused or waits at a limit, and the limits in force. */
export const inboxQuery = defineQuery<InboxAnswer>(QUERIES.inbox);
/** The calls that wait for approval. */
export const approvalsQuery = defineQuery<ApprovalsAnswer>(QUERIES.approvals);
/** Record, phase and reason. */
export const statusQuery = defineQuery<StatusAnswer>(QUERIES.status);
/** The whole conversation. */
export const transcriptQuery = defineQuery<TranscriptAnswer>(QUERIES.transcript);
