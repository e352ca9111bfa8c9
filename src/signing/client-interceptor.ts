/**
 * Makes a Temporal client sign starts of `backgroundTask` and its signals. So a plain
 * `client.workflow.start('backgroundTask', { args: [{ prompt }] })` has authority, and a start by a client without the
 * key has none.
 */
import { randomUUID } from 'node:crypto';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { SignedMessage } from '../domain/messages.js';
import { SIGNALS, type TaskInput, WORKFLOW_TYPE } from '../domain/protocol.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import type { Signer } from './signature.js';

export function signingInterceptor(signer: Signer): WorkflowClientInterceptor {
  const signStart = <T extends { workflowType: string; options: { workflowId: string; args: unknown[] } }>(
    input: T,
  ): T => {
    const [task, ...rest] = input.options.args;
    if (input.workflowType !== WORKFLOW_TYPE || !isUnsigned(task)) return input;
    // The record omits what the start has.
    const created_at = task.created_at ?? timestampOf(microsOfMillis(Date.now()));
    const args = [signer.signStart(input.options.workflowId, { ...task, created_at }), ...rest];
    return { ...input, options: { ...input.options, args } };
  };
  return {
    start: (input, next) => next(signStart(input)),
    startWithDetails: (input, next) => next(signStart(input)),
    signal(input, next) {
      if (!SIGNED.has(input.signalName)) return next(input);
      const { workflowId, runId } = input.workflowExecution;
      const given = (input.args[0] ?? { id: randomUUID(), ...(runId ? { run: runId } : {}) }) as SignedMessage;
      if (given.signature) return next(input);
      return next({ ...input, args: [signer.signMessage(workflowId, input.signalName, given)] });
    },
  };
}

/** Signals that give authority: they count only when signed. */
const SIGNED: ReadonlySet<string> = new Set(Object.values(SIGNALS));

function isUnsigned(task: unknown): task is TaskInput {
  return typeof task === 'object' && task !== null && (task as TaskInput).signature === undefined;
}
