/**
 * Every name, query and type that crosses the boundary between client, workflow and activities. Pure: the workflow
 * sandbox imports this file. `task-input.ts` checks what comes from outside.
 */

import type { AnswerSchema } from './answer-schema.js';
import type { Shrinking } from './compaction.js';
import type { Continues } from './continues.js';
import type { AssistantMessage, Message } from './conversation.js';
import type { Delegate, DelegateEnd } from './delegate.js';
import type { ExternalEdit } from './external-edit.js';
import type { AnswerCheck, Finish } from './finish.js';
import type { HostReport, LostHost, MoveAnswer, MoveMessage, MoveRefused } from './host-change.js';
import type { Adopted } from './import-checkpoint.js';
import type { RawFields } from './json-text.js';
import type { Limits } from './limits.js';
import type { Decision, Signature, SignedMessage } from './messages.js';
import type { Compaction } from './model-compaction.js';
import type { Effort } from './provider.js';
import type { SearchReport } from './search.js';
import type { Phase, TaskRecord, Usage } from './task.js';
import type { Micros } from './timestamp.js';
import type { Observation, Placement, Replay, Verdict } from './tool.js';
import type { ShownWait } from './wait.js';

export const WORKFLOW_TYPE = 'backgroundTask';
/** Visibility query: the tasks that have not ended. */
export const OPEN_TASKS = `WorkflowType = '${WORKFLOW_TYPE}' AND CloseTime IS NULL`;
/** Visibility query: the last runs of all tasks, and runs that a Reset or a new start replaced. */
export const ALL_TASKS = `WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus != 'ContinuedAsNew'`;
/** Visibility query: like `ALL_TASKS`, those that were closed until a time, in ISO 8601. */
export function closedUntil(time: string): string {
  return `${ALL_TASKS} AND CloseTime <= '${time}'`;
}
/** Visibility query: like `ALL_TASKS`, those that are open or were closed after a time. */
export function listedSince(time: string): string {
  return `${ALL_TASKS} AND (CloseTime IS NULL OR CloseTime > '${time}')`;
}
/** Visibility query: like `ALL_TASKS`, of the ids that begin so. */
export function tasksWith(prefix: string): string {
  return `${ALL_TASKS} AND WorkflowId STARTS_WITH ${quoted(prefix)}`;
}
/** Visibility query: all runs of one task. */
export function runsQuery(workflowId: string): string {
  return `WorkflowId = ${quoted(workflowId)} AND WorkflowType = '${WORKFLOW_TYPE}'`;
}
/** Visibility query: the tasks of one task queue that have not ended. `agentTypes`: workflow types of the user. */
export function openTasksOf(taskQueue: string, agentTypes: readonly string[]): string {
  const types = [WORKFLOW_TYPE, ...agentTypes].map(quoted).join(', ');
  return `WorkflowType IN (${types}) AND ExecutionStatus = 'Running' AND TaskQueue = ${quoted(taskQueue)}`;
}
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
/** The task queue of the command, and the default of the library. Activities of a task go to the task's own queue. */
export const TASK_QUEUE = 'rookery';
export const SIGNALS = {
  ...{ resume: 'resume', decide: 'decide', move: 'move' },
  ...{ message: 'message', withdraw: 'withdraw', pause: 'pause', unpause: 'unpause', raise: 'raise' },
} as const;
export const QUERIES = {
  ...{ status: 'status', transcript: 'transcript', approvals: 'approvals', inbox: 'inbox' },
} as const;
/** Memo key of the phase of a waiting task; written only when it changes. */
export const MEMO_PHASE = 'rookery';

/** Failure types of a task that a client may see. */
export const FAILURES = {
  /** The task failed; details[0] is the `TaskResult`. */
  task: 'TaskFailed',
  /** The start was unsigned, or signed with another key: nothing ran. */
  refused: 'StartRefused',
  /** The run was made by a Reset or a second start of a signed start that had already begun: nothing ran. */
  restarted: 'RestartedOutside',
  /** The task's time limit was reached inside an iteration. */
  outOfTime: 'OutOfTime',
  /** The model repeats itself: a person must look. */
  repeats: 'Repeats',
  /** The model gave empty replies only: a person must look. */
  empty: 'EmptyReplies',
  /** A worker died under the activity. */
  workerLost: 'WorkerLost',
} as const;

/** The input of a task: one object, snake_case as in the files. Everything but the prompt is optional. */
export interface TaskInput {
  readonly prompt: string;
  readonly system_prompt?: string;
  readonly provider?: string;
  readonly model?: string;
  /** Base URL of the provider. */
  readonly endpoint?: string;
  /** `user`: from the person's own flag, environment or config, so the provider's key may be sent there. */
  readonly endpoint_origin?: 'user' | 'project';
  readonly fallback?: readonly { readonly provider: string; readonly model: string }[];
  /** What the answer must match: it is then JSON, and checked. */
  readonly schema?: AnswerSchema;
  /** How much the model reasons; absent: the provider's default. */
  readonly effort?: Effort;
  readonly limits?: Partial<Limits>;
  /** What happens at a limit. `ask`: the task waits until a person raises it. Default: `fail`. */
  readonly on_limit?: 'fail' | 'ask';
  /** Tools that need no approval: names, `write`, `secrets`. */
  readonly allow?: readonly string[];
  /** Every approval is answered with yes, for the whole task. */
  readonly yes?: boolean;
  /** How long a call waits for approval, or a question for its answer; null for no time limit. Absent: 24 h. */
  readonly approval_timeout_ms?: number | null;
  /** False: the task cannot ask the person anything. */
  readonly questions?: boolean;
  /** Rules of the project it was started in; the worker's own rules go first. */
  readonly policy?: readonly Readonly<Record<string, unknown>>[];
  /** Absolute path on the host that runs the tools. */
  readonly workspace?: string;
  /** Name of the host that has the workspace and the files. */
  readonly host?: string;
  /** Time of the submission; absent: the start of the workflow. */
  readonly created_at?: string;
  /** What a person calls it; ids may be given so. */
  readonly name?: string;
  readonly group?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** A checkpoint of another program that the task continues from. */
  readonly adopted?: Adopted;
  /** An earlier run of this task, or another task, that it continues from. */
  readonly continues?: Continues;
  /** W3C trace parent of what started the task: its spans join that trace. */
  readonly traceparent?: string;
  /** Fields of the task's file that RavenClaws does not know; kept in every rewrite. */
  readonly extra?: RawFields;
  readonly signature?: Signature;
}

/** What the activity `signTask` gets. */
export interface SignTaskInput {
  /** Of the child workflow, or of the calling one for its agent; the signature is valid for it alone. */
  readonly workflowId: string;
  readonly task: TaskInput;
}

/** What workflows report to the worker that runs them. */
export type WorkerSinks = {
  readonly rookery: {
    /** A run has begun with this input: its first activity, which follows directly, does not carry it. */
    begun(input: TaskInput): void;
    /** Null: it waits no more. */
    waits(wait: ShownWait | null): void;
  };
};

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
  /** The worker's policy now requires approval first. */
  | ({ readonly kind: 'ask'; readonly reason: string } & MirrorReport)
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

/** The result of a completed task, and the details of a failed one. */
export interface TaskResult {
  readonly status: 'Completed' | 'Failed' | 'Cancelled';
  readonly result: string | null;
  readonly error: string | null;
  readonly iterations: number;
  readonly usage: Usage;
  readonly provider: string | null;
  readonly model: string | null;
  /** How the last reply ended; absent without one. */
  readonly finish?: Finish;
}

/** The answer to the query `status`. */
export interface StatusAnswer {
  readonly record: TaskRecord;
  readonly phase: Phase;
  readonly reason: string | null;
  /** Milliseconds since 1970 of the oldest state that the mirror has not got. */
  readonly mirror_behind_since: number | null;
  /** What another program did to the task's file; null for nothing. */
  readonly foreign: string | null;
  /**
   * Name of the host that has the files; null: none yet, or the task looks for another one. Absent from workers of
   * earlier versions.
   */
  readonly host?: string | null;
  /** The last message that was to move the task; null for none. */
  readonly move: MoveAnswer | null;
}

/** The answer to the query `transcript`. */
export interface TranscriptAnswer {
  readonly messages: readonly Message[];
}
