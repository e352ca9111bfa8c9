/**
 * Makes a Temporal client sign starts of `backgroundTask`, schedules that start it, and its signals. So a plain
 * `client.workflow.start('backgroundTask', { args: [{ prompt }] })` has authority, and a start by a client without the
 * key has none.
 */
import { randomUUID } from 'node:crypto';
import type { ScheduleClientInterceptor, WorkflowClientInterceptor } from '@temporalio/client';
import { RookeryError } from '../domain/errors.js';
import type { SignedMessage } from '../domain/messages.js';
import { SIGNALS, type TaskInput, WORKFLOW_TYPE } from '../domain/protocol.js';
import { ID_RULE, isTaskId } from '../domain/task-id.js';
import { memoAtStart } from '../domain/task-memo.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { type Signer, scheduleScope } from './signature.js';

export function signingInterceptor(signer: Signer): WorkflowClientInterceptor {
  const signOptions = <T extends StartOptions>(workflowType: string, options: T): T => {
    const [task, ...rest] = options.args;
    if (workflowType !== WORKFLOW_TYPE || !isUnsigned(task)) return options;
    // The record omits what the start has.
    const created_at = task.created_at ?? timestampOf(microsOfMillis(Date.now()));
    const dated = { ...task, created_at };
    // A client without types may send anything.
    const memo = { ...options.memo, ...(typeof task.prompt === 'string' && memoAtStart(dated)) };
    return { ...options, memo, args: [signer.signStart(options.workflowId, dated), ...rest] };
  };
  const signStart = <T extends { workflowType: string; options: StartOptions }>(input: T): T => ({
    ...input,
    options: signOptions(input.workflowType, input.options),
  });
  const signArgs = (signalName: string, args: unknown[], { workflowId, runId }: Recipient): unknown[] => {
    if (!SIGNED.has(signalName)) return args;
    const given = (args[0] ?? { id: randomUUID(), ...(runId ? { run: runId } : {}) }) as SignedMessage;
    return given.signature ? args : [signer.signMessage(workflowId, signalName, given)];
  };
  return {
    start: (input, next) => next(signStart(input)),
    startWithDetails: (input, next) => next(signStart(input)),
    signal: (input, next) => next({ ...input, args: signArgs(input.signalName, input.args, input.workflowExecution) }),
    signalWithStart(input, next) {
      const { workflowType, signalName, signalArgs, options } = input;
      const signed = workflowType === WORKFLOW_TYPE ? signArgs(signalName, signalArgs, options) : signalArgs;
      return next({ ...signStart(input), signalArgs: signed });
    },
    startUpdateWithStart: (input, next) =>
      next({ ...input, workflowStartOptions: signOptions(input.workflowType, input.workflowStartOptions) }),
  };
}

/** Signs the input that a new schedule starts tasks with, for the workflow ids that the server will give them. */
export function scheduleSigningInterceptor(signer: Signer): ScheduleClientInterceptor {
  return {
    create(input, next) {
      const { action } = input.options;
      const [task, ...rest] = action.args;
      if (action.workflowType !== WORKFLOW_TYPE || !isUnsigned(task)) return next(input);
      const args = [signScheduled(signer, action.workflowId, task), ...rest];
      return next({ ...input, options: { ...input.options, action: { ...action, args } } });
    },
  };
}

/** Without a time of submission: each of its tasks begins when the schedule starts it. */
export function signScheduled(signer: Signer, workflowId: string, task: TaskInput): TaskInput {
  if (!isTaskId(`${workflowId}-2026-11-27T10:00:00Z`)) {
    const given = JSON.stringify(workflowId.slice(0, 200));
    throw new RookeryError('bad_input', `A schedule with the workflow id ${given} cannot start tasks`, {
      hint: `${ID_RULE}; the server adds 21 characters`,
    });
  }
  return signer.signStart(scheduleScope(workflowId), task);
}

// ---

interface StartOptions {
  readonly workflowId: string;
  readonly args: unknown[];
  readonly memo?: Record<string, unknown>;
}

interface Recipient {
  readonly workflowId: string;
  readonly runId?: string;
}

/** Signals that give authority: they count only when signed. A pause gives none. */
const SIGNED: ReadonlySet<string> = new Set(Object.values(SIGNALS).filter((name) => name !== SIGNALS.pause));

function isUnsigned(task: unknown): task is TaskInput {
  return typeof task === 'object' && task !== null && (task as TaskInput).signature === undefined;
}
