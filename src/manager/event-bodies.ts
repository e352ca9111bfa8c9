/** The events of a task that its history holds, as `follow` gives them. Types only. */
import type { LimitKind, MessageMode, MessageState } from '../domain/control.js';
import type { KnownCost } from '../domain/cost.js';
import type { Finish } from '../domain/finish.js';
import type { Phase, Usage } from '../domain/task.js';
import type { Verdict } from '../domain/tool.js';

/** The content of an event, besides `cursor` and `time`. */
export type EventBody =
  | { readonly type: 'submitted'; readonly id: string; readonly prompt: string }
  | {
      readonly type: 'iteration';
      readonly iteration: number;
      readonly provider: string;
      readonly model: string;
      readonly content: string;
      readonly calls: number;
      /** How the reply ended. */
      readonly finish: Finish;
      /** The reply is a summary that replaces so many of the oldest replies. Absent: it is none. */
      readonly compacted?: number;
      /** How the answer does not match the schema of the task. Absent: it matches, or there is none. */
      readonly invalid?: string;
      readonly usage: Usage;
      /** Null: not known. */
      readonly cost: KnownCost | null;
    }
  | {
      readonly type: 'call';
      readonly iteration: number;
      readonly call: string;
      readonly tool: string;
      readonly args: unknown;
      /** Of the policy, when the reply was accepted. */
      readonly verdict: Verdict;
      /** Why it needs approval, or is refused; null for one that runs. */
      readonly reason: string | null;
    }
  | {
      readonly type: 'result';
      readonly iteration: number;
      readonly call: string;
      readonly tool: string;
      readonly outcome: string;
      readonly content: string;
    }
  | MessageEvent
  | QuestionEvent
  | LimitEvent
  /** The task waits, until a person or its host does something. */
  | { readonly type: 'waiting'; readonly phase: Phase; readonly reason: string | null }
  | { readonly type: 'rewound'; readonly iteration: number }
  | RetryEvent
  /** The task began with the conversation of another one, up to and with that iteration. */
  | { readonly type: 'fork'; readonly from: { readonly id: string; readonly iteration: number } };

/** The task had ended, and a new run continues it after that iteration. */
export interface RetryEvent {
  readonly type: 'retry';
  readonly by: 'retry' | 'send';
  readonly iteration: number;
  /** What the person said. Absent: nothing, it is a retry. */
  readonly text?: string;
}

/** What has become of a message of a person. */
export interface MessageEvent {
  readonly type: 'message';
  /** Its id. */
  readonly message: string;
  /** `accepted`: its signature counts, and it waits to be delivered. */
  readonly state: MessageState;
  /** Null where it is not known any more. */
  readonly mode: MessageMode | null;
  readonly text: string | null;
  /** The number of the reply that answers it; null unless it was delivered. */
  readonly iteration: number | null;
}

/** The model asks the person something. */
export interface QuestionEvent {
  readonly type: 'question';
  readonly iteration: number;
  readonly call: string;
  readonly question: string;
  /** Null: any answer. */
  readonly choices: readonly string[] | null;
}

export interface LimitEvent {
  readonly type: 'limit';
  /** `warning`: at 80 %. */
  readonly state: 'warning' | 'reached';
  readonly kind: LimitKind;
  /** Replies, tokens as the limit counts them, US dollars, or milliseconds. */
  readonly used: number;
  readonly limit: number;
}

export type TaskEvent = EventBody & { readonly cursor: string; readonly time: string };
