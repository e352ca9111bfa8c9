/**
 * What a person can do to a running task in the Web UI while an unsafe call runs: pause, unpause and reset its activity,
 * reset the workflow. Each accepted call has its effect once.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { eventsOf } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { processesOf } from '../support/processes.js';
import { resetWorkflow, resumeRestarted } from '../support/reset.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

/** One unsafe call that takes its time, then an answer. */
async function startSlowCall(line: string, seconds = 1.5): Promise<Task> {
  const call = ledgerCall(`${line}-begins`, `sleep ${seconds}; echo ${line}-ends >> ledger.txt; echo all done`);
  const task = await rig.start(inOrder({ calls: [{ id: 'a', ...call }] }, { content: 'Done.' }), { allow: ['shell'] });
  await until(() => linesOf(line).length === 1, { what: 'the call runs' });
  return task;
}

function linesOf(line: string): string[] {
  return readLedger(rig.workspace).filter((found) => found.startsWith(line));
}

async function expectOnce(task: Task, line: string): Promise<void> {
  expect(await task.result()).toMatchObject({ status: 'Completed', iterations: 2 });
  expect(linesOf(line)).toEqual([`${line}-begins`, `${line}-ends`]);
  const results = (await task.transcript()).filter((message) => message.role === 'tool');
  expect(results).toMatchObject([{ outcome: 'ok', content: 'all done\n' }]);
}

/** The activity of the call, as the server's interface names it. */
async function callOf(task: Task) {
  const { raw } = await task.handle.describe();
  const pending = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'rookery.runTool');
  return {
    namespace: rig.namespace,
    execution: { workflowId: task.id },
    id: pending?.activityId,
    identity: 'a person',
  };
}

/** The workflow task that decided to make the call. */
async function decisionOf(task: Task): Promise<number> {
  const events = await eventsOf(rig.client, task.id);
  const at = events.findIndex(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'rookery.runTool',
  );
  const decisions = events.slice(0, at).filter((event) => event.workflowTaskCompletedEventAttributes);
  return Number(decisions.at(-1)?.eventId);
}

test('a pause of the activity, and its end', async () => {
  const task = await startSlowCall('paused');
  const call = await callOf(task);
  await rig.plain.workflowService.pauseActivity({ ...call, reason: 'wait' });
  await until(() => linesOf('paused').length === 2, { what: 'the tool has finished although it was paused' });
  // Its result may have been accepted by then; then there is nothing to unpause.
  await rig.plain.workflowService.unpauseActivity(call).catch(() => undefined);
  await expectOnce(task, 'paused');
});

test('a pause of the activity that ends while the tool still runs', async () => {
  const task = await startSlowCall('briefly');
  const call = await callOf(task);
  await rig.plain.workflowService.pauseActivity({ ...call, reason: 'wait' });
  await rig.plain.workflowService.unpauseActivity(call);
  await expectOnce(task, 'briefly');
});

test('a reset of the activity', async () => {
  const task = await startSlowCall('reset');
  await rig.plain.workflowService.resetActivity(await callOf(task));
  await expectOnce(task, 'reset');
});

test('a reset of the workflow while the tool runs', async () => {
  const task = await startSlowCall('rewound');
  await resetWorkflow(rig, task, await decisionOf(task));
  await resumeRestarted(rig, task);
  await expectOnce(task, 'rewound');
});

test('a reset of the workflow to the point before the call, after the task has completed', async () => {
  const task = await startSlowCall('again');
  await task.result();
  const requests = task.requests().length;
  await resetWorkflow(rig, task, await decisionOf(task));
  await resumeRestarted(rig, task);
  await until(() => task.requests().length > requests, { what: 'the model is asked again' });
  await expectOnce(task, 'again');
});

test('a termination of the workflow ends the tool', async () => {
  const task = await startSlowCall('ended', 60);
  await task.handle.terminate();
  await until(() => processesOf(task).length === 0, { what: 'no process of the task is left' });
  expect(linesOf('ended')).toEqual(['ended-begins']);
});
