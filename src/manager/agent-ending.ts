/**
 * The agent of a workflow of the user, and how it ended: from the history alone, because input and result of that workflow
 * are the user's own.
 */
import { answerOf } from '../domain/result.js';
import { statusOf } from '../domain/task.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import { type Rebuilt, rebuild } from './rebuild.js';

/** How many runs are walked back: a workflow may continue as new without an agent. */
const MAX_RUNS = 100;

interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

/** @returns the agent of this run, or of the last run before it that had one; undefined for none */
export async function agentOf(client: TemporalClient, { workflowId, runId }: Run): Promise<Rebuilt | undefined> {
  let current: string | undefined = runId;
  for (let n = 0; current !== undefined && n < MAX_RUNS; n++) {
    const found = await rebuild(client, workflowId, current);
    if (found) return found;
    current = await runBefore(client, { workflowId, runId: current });
  }
  return undefined;
}

/** Of a closed workflow. @returns undefined when it had no agent */
export async function agentEndingOf(client: TemporalClient, at: WorkflowDescription) {
  const agent = await agentOf(client, at);
  if (!agent?.mirrored) return undefined;
  const { record, messages } = agent;
  const { state } = record;
  if (state.kind === 'running') {
    const error = `its workflow ended before it: ${at.status.name.toLowerCase()}`;
    return { status: 'Failed' as const, result: null, error, outcome: undefined };
  }
  return {
    status: statusOf(state),
    result: state.kind === 'completed' ? answerOf(messages) : null,
    error: state.kind === 'failed' ? state.error : null,
    outcome: undefined,
  };
}

// ---

async function runBefore(client: TemporalClient, execution: Run): Promise<string | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution,
    maximumPageSize: 1,
  });
  return history?.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
}
