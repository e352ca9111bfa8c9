/** What a worker did for a task, as logs and spans tell it: names and counts, no content. Pure. */
import type { Finish } from './finish.js';
import type { Status, Usage } from './task.js';
import type { CallOutcome } from './tool.js';

export type WorkEvent = {
  readonly task: string;
  /** Id of the workflow's run. */
  readonly run: string;
  /** From 1; absent for work outside an iteration. */
  readonly iteration?: number;
} & (
  | {
      /** A reply was accepted. */
      readonly type: 'iteration';
      readonly provider: string;
      readonly model: string;
      readonly usage: Usage;
      readonly finish: Finish;
      /** Requested tool calls. */
      readonly calls: number;
      readonly ms: number;
    }
  | {
      /** A request to the model gave no reply. */
      readonly type: 'model_error';
      readonly provider: string;
      readonly model: string;
      /** A code of `RookeryError`, or the name of another error. */
      readonly code: string;
      readonly ms: number;
    }
  | {
      /** A tool has run. */
      readonly type: 'tool';
      readonly tool: string;
      readonly call: string;
      readonly outcome: CallOutcome;
      readonly ms: number;
    }
  | {
      /** The task has ended. */
      readonly type: 'end';
      readonly status: Status;
      readonly iterations: number;
      readonly usage: Usage | null;
    }
);
