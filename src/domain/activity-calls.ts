/**
 * What crosses the boundary between the workflow and its activities: inputs, results, heartbeats. Pure: the workflow
 * sandbox imports this file.
 */
import type { Shrinking } from './compaction.js';
import type { AssistantMessage } from './conversation.js';
import type { Delegate, DelegateEnd } from './delegate.js';
import type { ExternalEdit } from './external-edit.js';
import type { AnswerCheck, Finish } from './finish.js';
import type { HostReport, LostHost, MoveMessage, MoveRefused } from './host-change.js';
import type { Decision, SignedMessage } from './messages.js';
import type { Compaction } from './model-compaction.js';
import type { TaskInput } from './protocol.js';
import type { SearchReport } from './search.js';
import type { TaskRecord, Usage } from './task.js';
import type { Micros } from './timestamp.js';
import type { Observation, Placement, Replay, Verdict } from './tool.js';

/**
 * Where the conversation of an activity comes from: the cached one named by `state`, plus the tail. Groups of messages
 * follow the input as further arguments: first `whole` groups that rebuild the cached conversation, then the tail.
 */
export interface Base {
  /** State token; null for the opening of the task. */
  readonly state: string | null;
  /** How many of the groups are the conversation at `state`, without the opening. Absent: it is not sent. */
  readonly whole?: number;
  /** The signed start, sent when a worker asked for it: the worker that runs the workflow already has it. */
  readonly start?: TaskInput;
  /** The token is on its way to this worker in another activity: wait for it briefly before reporting a cache miss. */
  readonly expect?: true;
  /** Only a worker of this host may take it, because of its workspace and files. Absent: any worker. */
  readonly host?: string;
  /**
   * The task has lost its host: the worker that takes this becomes the host, unless it finds that the lost one still
   * polls.
   */
  readonly newHost?: LostHost;
  /** What the files are to show while the activity works: record and conversation at the moment of scheduling. */
  readonly record?: Mirrored;
  /** The message that woke the task; verified before anything else. */
  readonly wake?: SignedMessage;
}

/**
 * A value, never an error: this worker has done nothing. `needed`: it lacks what the input refers to. `elsewhere`: it
 * is not the host that may take it.
 */
export interface CacheMiss {
  readonly kind: 'needed' | 'elsewhere';
  /** Why this host cannot become the new one; absent: the lost one still polls. */
  readonly reason?: string;
  /** Tokens of replies that an earlier attempt, on another worker, rejected. */
  readonly usage?: Usage;
}

/** What an activity reports about the mirror that it wrote in parallel, and about a host that the task did not have. */
export interface MirrorReport extends HostReport {
  /** What another program had written into the files. */
  readonly found?: ExternalEdit;
  /** The files could not be written so far. */
  readonly behind?: true;
  /** Name of the host that answered. For a task that has no host yet. */
  readonly host?: string;
}

/** The calls of the last reply that have no result yet are the inline ones: all others were answered before. */
export interface IterateInput extends Base {
  /** The number of the iteration that the reply will be, from 1. */
  readonly n: number;
  /** Provider errors in a row so far, for the back-off. */
  readonly errors?: number;
  /** When the task's time limit is reached, in milliseconds since 1970. */
  readonly deadline?: number;
  /** The reply may be a summary. Absent in runs of older versions, and in the last iteration: that is for the answer. */
  readonly compacts?: true;
}

/** Details of a failed iteration. */
export interface IterationTrouble {
  /** Attempts that were made, where the failure is an error of the provider. */
  readonly attempts?: number;
  /** Milliseconds since 1970: not before. Absent: whenever the workflow retries. */
  readonly retry_at?: number;
  /** Tokens of replies that were rejected. */
  readonly usage?: Usage;
  /** Of the worker, before the first reply: a task may have to wait for a person at once. */
  readonly notifier?: HostReport;
  /** Of the worker, before the first reply. */
  readonly search?: SearchReport;
}

/** The worker's policy decision on one requested call. */
export interface JudgedCall {
  readonly call: string;
  readonly verdict: Verdict;
  readonly reason?: string;
  readonly placement: Placement;
  /** Only for a call that becomes an activity. */
  readonly replay?: Replay;
  /** For the timeline: the tool and the start of its arguments. Only for a call that becomes an activity. */
  readonly summary?: string;
  /** It may be repeated, and leaves something on its host all the same. */
  readonly traces?: true;
  /** It asks the person something: `reason` is the start of the question. */
  readonly question?: true;
}

export type IterateResult =
  | CacheMiss
  | ({ readonly kind: 'message_refused'; readonly id: string } & MirrorReport)
  /** Another program has ended the task: the reply was not awaited. */
  | ({ readonly kind: 'stopped' } & MirrorReport)
  | ({
      readonly kind: 'accepted';
      /** Names the conversation up to and with `message`. */
      readonly state: string;
      /** Results of the inline calls. */
      readonly observations: readonly Observation[];
      /** A user turn of ours that the model got after those results. */
      readonly note?: string;
      /** What was removed from the conversation before the model was asked, step by step. */
      readonly shrunk?: readonly Shrinking[];
      /** The reply is a summary, and stands for these rounds. */
      readonly compacted?: Compaction;
      /** Of a whole answer, where the task has a schema. */
      readonly answer?: AnswerCheck;
      readonly message: AssistantMessage;
      /** Omits calls that simply run inside the next iteration: they are the majority, and history holds each entry. */
      readonly judged: readonly JudgedCall[];
      readonly usage: Usage;
      /** How the reply ended, when that is neither with calls nor as an answer. */
      readonly finish?: Finish;
      readonly provider: string;
      readonly model: string;
      /** The iteration limit of an unsigned start. */
      readonly cap?: number;
    } & SearchReport &
      MirrorReport);

export interface RunToolInput extends Base {
  readonly call: string;
  /** The number of the iteration whose reply requested it. Absent in runs of older versions. */
  readonly n?: number;
  /** Verified before anything else is touched. */
  readonly decision?: Decision;
  /** Id of the first run of the chain. With a decision. */
  readonly chain?: string;
  /** How the call ended that the workflow has run: to be recorded. */
  readonly ended?: DelegateEnd;
  /** The reply that requests it was accepted when another host had the task, with the claims of that time. */
  readonly inherited?: true;
}

export interface MirrorInput extends Base {
  /** Verified before anything else; the files are written where the task moves to. */
  readonly move?: MoveMessage;
}

export type RunToolResult =
  | CacheMiss
  /** The worker's policy now requires approval first, or the call asks the person something (`question`). */
  | ({ readonly kind: 'ask'; readonly reason: string; readonly question?: true } & MirrorReport)
  /** The decision is not the person's, or not about this call: a valid one may still arrive. */
  | ({ readonly kind: 'decision_refused'; readonly id: string; readonly reason: string } & MirrorReport)
  /** The workflow is to run it, and to come back with its end. */
  | ({
      readonly kind: 'delegate';
      readonly to: Delegate;
      readonly args: unknown;
      /** Id of the run that it was handed to. */
      readonly run: string;
    } & MirrorReport)
  | ({ readonly kind: 'ran'; readonly observation: Observation } & MirrorReport);

/** What the files show of a record. History holds one for each write, so it omits what the input has. */
export interface Mirrored
  extends Pick<TaskRecord, 'state' | 'iterations'>,
    Partial<Pick<TaskRecord, 'provider' | 'model'>> {
  /** For lists: it stands next to the files, never in them. Absent before the first reply. */
  readonly spent?: Usage;
  readonly created_at?: Micros;
  readonly updated_at: Micros;
  readonly version: number;
}

export type MirrorResult =
  | CacheMiss
  | MoveRefused
  /** `restored`: what the new host restored of the workspace. */
  | ({ readonly kind: 'written'; readonly restored?: string } & MirrorReport);

/** Tokens of rejected replies, and how many of the last ones were empty. */
export interface RejectedReplies {
  readonly usage: Usage;
  readonly empty: number;
}

/** The details in the heartbeats of an activity. */
export interface HeartbeatDetails {
  /** The end of the reply that is being generated. */
  readonly text?: string;
  /** Since when the task's files cannot be written, in milliseconds since 1970. */
  readonly behind_since?: number;
  /** Replies that were rejected since the activity was scheduled; the next attempt reads it. */
  readonly rejected?: RejectedReplies;
}
