/** While a worker lives, its timer brings what was ended from outside into the files: no command has to look. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { startRig } from '../support/rig.js';
import { until } from '../support/until.js';

test('a workflow that was terminated, and one that was deleted, are in the files after a while', async () => {
  const rig = await startRig();
  try {
    const look = { calls: [{ id: 'a', name: 'list_files', args: {} }] };
    const begun = async () => {
      const task = await rig.start(inOrder(look, { hang: true }));
      const isShown = () => existsSync(rig.paths.task(task.id)) && task.file().iterations === 1;
      await until(() => task.requests().length === 2 && isShown(), { what: 'it works' });
      return task;
    };
    const [terminated, deleted] = [await begun(), await begun()];
    await terminated.handle.terminate('enough');
    const { namespace } = rig;
    await rig.plain.workflowService.deleteWorkflowExecution({
      ...{ namespace, workflowExecution: { workflowId: deleted.id } },
    });
    const haveEnded = () => [terminated, deleted].every((task) => task.file().status === 'Failed');
    await until(haveEnded, { what: 'the files say so' });
    expect(terminated.file().error).toMatch(/^terminated from outside by .*: enough$/);
    expect(deleted.file().error).toBe('its workflow was deleted in Temporal');
  } finally {
    await rig.stop();
  }
});
