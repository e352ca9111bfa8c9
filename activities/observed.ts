/** The task of the running activity, as logs and traces name it. */
import { Context } from '@temporalio/activity';
import type { AdmittedTask } from './admission.js';
import type { ObservedTask } from './ports.js';

export function observed({ id, input }: AdmittedTask, iteration?: number): ObservedTask {
  return { id, run: Context.current().info.workflowExecution?.runId ?? '', iteration, input };
}
