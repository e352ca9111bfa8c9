/** What the workflow itself can tell of a start. Whether it is signed, an activity verifies. Pure. */
import { tooLarge } from '../src/domain/payloads.js';
import type { TaskInput } from '../src/domain/protocol.js';
import { ID_RULE, isTaskId } from '../src/domain/task-id.js';

/** @returns why a task with this input cannot run under this id; undefined when it may be tried */
export function problemOfStart(workflowId: string, input: TaskInput): string | undefined {
  if (!isTaskId(workflowId)) {
    return `The workflow id ${JSON.stringify(workflowId.slice(0, 200))} is not a safe file name. ${ID_RULE}.`;
  }
  if (typeof input?.prompt !== 'string' || input.prompt.trim() === '') {
    return 'The prompt is empty: start the workflow with one object that has a prompt.';
  }
  const tooMuch = tooLarge(input);
  return tooMuch === undefined ? undefined : `${tooMuch}; put the material into a file of the workspace.`;
}
