/** `report` waits for a task as it would wait for any child workflow. */
import { executeBackgroundTask } from 'rookery/workflows';

export * from 'rookery/workflows';

export async function report(subject) {
  const task = await executeBackgroundTask({ prompt: `Tell me what is in ${subject}.` });
  return `Report on ${subject}, after ${task.iterations} iterations:\n${task.result}`;
}
