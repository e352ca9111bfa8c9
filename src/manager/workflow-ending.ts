/** How a workflow ended, and what that makes of the file of its task. Reads Temporal; writes nothing. */
import type { TaskResult } from '../domain/protocol.js';
import type { Status } from '../domain/task.js';
import { after, microsOfMillis, microsOfStamp, timestampOf } from '../domain/timestamp.js';
import type { TaskFile } from '../domain/wire.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import { agentEndingOf } from './agent-ending.js';
import { terminatedSentence } from './outside.js';
import { TIMED_OUT } from './status-object.js';
import { isPackaged } from './workflow-start.js';

/** How a workflow ended, in the terms of the files. */
export interface Ending {
  readonly status: Status;
  readonly result: string | null;
  readonly error: string | null;
  readonly outcome: TaskResult | undefined;
}

/** The file of a task whose workflow ended without writing it. */
export function endedFile(
  file: TaskFile,
  { status, result, error, outcome }: Ending,
  closedAt: Date | undefined,
): TaskFile {
  const closed = microsOfMillis(closedAt?.getTime() ?? Date.now());
  return {
    ...file,
    status,
    result,
    error,
    updated_at: timestampOf(after(microsOfStamp(file.updated_at) ?? 0, closed)),
    iterations: outcome?.iterations ?? file.iterations,
    provider: outcome?.provider ?? file.provider,
    model: outcome?.model ?? file.model,
    checkpoint: null,
  };
}

/** @returns undefined when it has not ended */
export async function endingOf(client: TemporalClient, description: WorkflowDescription): Promise<Ending | undefined> {
  const failed = (error: string): Ending => ({ status: 'Failed', result: null, error, outcome: undefined });
  const { name } = description.status;
  if (!isPackaged(description) && name !== 'RUNNING' && name !== 'PAUSED') return agentEndingOf(client, description);
  switch (description.status.name) {
    case 'COMPLETED': {
      const outcome = (await client.workflow
        .getHandle(description.workflowId, description.runId)
        .result()) as TaskResult;
      return { status: 'Completed', result: outcome.result, error: null, outcome };
    }
    case 'FAILED': {
      const { outcome, message } = await failureOf(client, description);
      return { status: 'Failed', result: null, error: outcome?.error ?? message, outcome };
    }
    case 'CANCELLED': {
      const { outcome } = await failureOf(client, description);
      return { status: 'Cancelled', result: null, error: null, outcome };
    }
    case 'TERMINATED':
      return failed(await terminatedSentence(client, description));
    case 'TIMED_OUT':
      return failed(TIMED_OUT);
    default:
      return undefined;
  }
}

// ---

async function failureOf(client: TemporalClient, { workflowId, runId }: WorkflowDescription) {
  try {
    await client.workflow.getHandle(workflowId, runId).result();
  } catch (error) {
    const cause = (error as { cause?: unknown }).cause as (Error & { details?: unknown[] }) | undefined;
    const outcome = cause?.details?.[0] as TaskResult | undefined;
    const known = outcome && typeof outcome === 'object' && 'iterations' in outcome ? outcome : undefined;
    return { outcome: known, message: (cause ?? (error as Error)).message };
  }
  return { outcome: undefined, message: 'failed' };
}
