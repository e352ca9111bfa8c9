/** The queries that Temporal's visibility is asked: tasks and their runs. Pure. */
import { WORKFLOW_TYPE } from './protocol.js';
import { SEARCH_ATTRIBUTES } from './search.js';

/** The tasks that have not ended. */
export const OPEN_TASKS = `WorkflowType = '${WORKFLOW_TYPE}' AND CloseTime IS NULL`;

/** The last runs of all tasks, and runs that a Reset or a new start replaced. */
export const ALL_TASKS = `WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus != 'ContinuedAsNew'`;

/** Like `ALL_TASKS`, those that were closed until a time, in ISO 8601. */
export function closedUntil(time: string): string {
  return `${ALL_TASKS} AND CloseTime <= '${time}'`;
}

/** Like `ALL_TASKS`, those that are open or were closed after a time. */
export function listedSince(time: string): string {
  return `${ALL_TASKS} AND (CloseTime IS NULL OR CloseTime > '${time}')`;
}

/** Like `ALL_TASKS`, of the ids that begin so. */
export function tasksWith(prefix: string): string {
  return `${ALL_TASKS} AND WorkflowId STARTS_WITH ${quoted(prefix)}`;
}

/** The tasks that come from this one, where the search attribute is registered. */
export function childrenQuery(workflowId: string): string {
  return `${ALL_TASKS} AND ${SEARCH_ATTRIBUTES.from.name} = ${quoted(workflowId)}`;
}

/** All runs of one task. */
export function runsQuery(workflowId: string): string {
  return `WorkflowId = ${quoted(workflowId)} AND WorkflowType = '${WORKFLOW_TYPE}'`;
}

/** The tasks of one task queue that have not ended. `agentTypes`: workflow types of the user. */
export function openTasksOf(taskQueue: string, agentTypes: readonly string[]): string {
  const types = [WORKFLOW_TYPE, ...agentTypes].map(quoted).join(', ');
  return `WorkflowType IN (${types}) AND ExecutionStatus = 'Running' AND TaskQueue = ${quoted(taskQueue)}`;
}

// ---

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
