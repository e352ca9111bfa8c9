/**
 * The names and types that a client and a task share. Pure: the workflow sandbox imports this file. `task-input.ts` checks
 * what comes from outside, `activity-calls.ts` has what workflow and activities say to each other.
 */

import type { AnswerSchema } from './answer-schema.js';
import type { Continues } from './continues.js';
import type { Paused } from './control.js';
import type { Message } from './conversation.js';
import type { Finish } from './finish.js';
import type { MoveAnswer } from './host-change.js';
import type { Adopted } from './import-checkpoint.js';
import type { RawFields } from './json-text.js';
import type { Limits } from './limits.js';
import type { Signature } from './messages.js';
import type { Effort } from './provider.js';
import type { Phase, TaskRecord, Usage } from './task.js';
import type { ShownWait } from './wait.js';

export const WORKFLOW_TYPE = 'backgroundTask';
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

/** Why a query fails that came before a workflow task: the next one is answered. */
export const ASK_AGAIN = 'The worker had just taken the task over: ask again';

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
  /** The task works in a git work tree of its own, and not in the workspace, which lies in the same repository. */
  readonly worktree?: WorktreeStart;
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

/** What the work tree of a task is made from. */
export interface WorktreeStart {
  /** Top of the person's own work tree: an absolute real path. */
  readonly repository: string;
  /** The workspace in it; empty for the top itself. */
  readonly directory: string;
  /** Whole name of the commit. */
  readonly commit: string;
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
    /** A person's pause, from its arrival on, whatever the task waits for. Null: it is over. */
    paused(paused: Paused | null): void;
  };
};

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
