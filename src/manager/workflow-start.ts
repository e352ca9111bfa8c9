/** What a run of a task was started with. */
import { type TaskInput, WORKFLOW_TYPE } from '../domain/protocol.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import { agentOf } from './agent-ending.js';
import { decodeWith, type Started } from './history.js';

/** Not so: a workflow of the user, of which an agent is a step. */
export function isPackaged({ raw }: WorkflowDescription): boolean {
  return raw.workflowExecutionInfo?.type?.name === WORKFLOW_TYPE;
}

/** The first event of the run: what it was started with, and which run it continues. */
export async function startedEvent(
  client: TemporalClient,
  at: { workflowId: string; runId: string },
): Promise<Started | null | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: at.workflowId, runId: at.runId },
    maximumPageSize: 1,
  });
  return history?.events?.[0]?.workflowExecutionStartedEventAttributes;
}

/** The input of the run, as the server has it. */
export async function inputOf(
  client: TemporalClient,
  at: { workflowId: string; runId: string },
): Promise<TaskInput | undefined> {
  const started = await startedEvent(client, at);
  if (started?.workflowType?.name !== WORKFLOW_TYPE) return (await agentOf(client, at))?.input;
  const payload = started.input?.payloads?.[0];
  const [input] = payload ? await decodeWith(client, [payload]) : [];
  return input as TaskInput | undefined;
}
