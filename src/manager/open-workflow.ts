/** Whether a workflow is open, and whether Temporal itself has paused it: such a workflow is open and takes no step. */
import type { WorkflowDescription } from '../server/temporal-client.js';

type Described = Pick<WorkflowDescription, 'status'>;

export function isOpenRun({ status: { name } }: Described): boolean {
  return name === 'RUNNING' || name === 'PAUSED';
}

export function isHeldByTemporal({ status: { name } }: Described): boolean {
  return name === 'PAUSED';
}

/** What a person must do then: no message of ours lifts that pause. */
export function heldSentence(id: string): string {
  return `Temporal itself has paused the workflow; lift that with: ${unpauseOfTemporal(id)}`;
}

export function unpauseOfTemporal(id: string): string {
  return `temporal workflow unpause --workflow-id ${id}`;
}
