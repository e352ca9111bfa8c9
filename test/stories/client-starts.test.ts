/** Every call of a client with the plugin that starts a task signs it. A client without it starts nothing. */
import { randomUUID } from 'node:crypto';
import { Client, WithStartWorkflowOperation } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILURES, TASK_QUEUE, type TaskInput, type TaskResult, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { decisionOn } from '../../src/signing/decisions.js';
import {
  approvalsQuery,
  decideSignal,
  inboxQuery,
  messageSignal,
  moveSignal,
  pauseSignal,
  raiseSignal,
  resumeSignal,
  statusQuery,
  transcriptQuery,
  unpauseSignal,
  withdrawSignal,
} from '../../workflows/definitions.js';
import { inOrder, type ModelScript } from '../support/book.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { type Rig, startRig } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

/** A task that runs a command, which only a signed start allows. */
function noting(mark: string): TaskInput {
  const wanted = ledgerCall(mark);
  return following(inOrder({ calls: [{ id: 'a', name: wanted.name, args: wanted.args }] }, { content: 'Done.' }), [
    'shell',
  ]);
}

function following(script: ModelScript, allow: string[] = []): TaskInput {
  const choice = { provider: 'litellm', model: rig.book.add(script), endpoint: rig.book.url };
  return { prompt: 'Do what the script says.', ...choice, endpoint_origin: 'user', allow };
}

const CALLS: Readonly<Record<string, (client: Client, id: string, task: TaskInput) => Promise<unknown>>> = {
  start: (client, workflowId, task) =>
    client.workflow.start(WORKFLOW_TYPE, { args: [task], taskQueue: TASK_QUEUE, workflowId }),
  execute: (client, workflowId, task) =>
    client.workflow.execute(WORKFLOW_TYPE, { args: [task], taskQueue: TASK_QUEUE, workflowId }),
  signalWithStart: (client, workflowId, task) =>
    client.workflow.signalWithStart(WORKFLOW_TYPE, {
      ...{ args: [task], taskQueue: TASK_QUEUE, workflowId },
      signal: resumeSignal,
      signalArgs: [],
    }),
  executeUpdateWithStart: (client, workflowId, task) =>
    // No update is defined, so it is refused; the start that came with it counts.
    client.workflow
      .executeUpdateWithStart('anything', {
        args: [],
        startWorkflowOperation: new WithStartWorkflowOperation(WORKFLOW_TYPE, {
          ...{ args: [task], taskQueue: TASK_QUEUE, workflowId },
          workflowIdConflictPolicy: 'FAIL',
        }),
      })
      .catch(() => undefined),
};

describe.each(Object.entries(CALLS))('%s', (name, call) => {
  test('runs a signed task with a client that has the plugin', async () => {
    const id = randomUUID();
    await call(rig.client, id, noting(`signed-${name}`));
    expect(await rig.task(id).result()).toMatchObject({ status: 'Completed' });
    expect(readLedger(rig.workspace)).toContain(`signed-${name}`);
  });

  test('runs one with a client whose interceptors are of the deprecated form', async () => {
    const id = randomUUID();
    const { connection, namespace } = rig;
    const client = new Client({
      connection,
      namespace,
      plugins: [rig.plugin],
      interceptors: { workflow: { calls: [] } },
    });
    await call(client, id, noting(`old-form-${name}`));
    expect(await rig.task(id).result()).toMatchObject({ status: 'Completed' });
  });

  test('starts nothing with any other client', async () => {
    const id = randomUUID();
    await call(rig.plain, id, noting(`unsigned-${name}`)).catch(() => undefined);
    expect(await rig.task(id).failure()).toMatchObject({ type: FAILURES.refused });
    expect(readLedger(rig.workspace)).not.toContain(`unsigned-${name}`);
  });
});

describe('the definitions', () => {
  test('of queries and of the decision are used as they are typed', async () => {
    const wanted = ledgerCall('decided');
    const task = following(
      inOrder({ calls: [{ id: 'a', name: wanted.name, args: wanted.args }] }, { content: 'Done.' }),
    );
    const handle = await rig.client.workflow.start(WORKFLOW_TYPE, {
      ...{ args: [task], taskQueue: TASK_QUEUE, workflowId: randomUUID() },
    });
    const firstApproval = async () => (await handle.query(approvalsQuery)).approvals[0];
    const approval = await until(firstApproval, { what: 'a call waits' });
    if (!approval) throw new Error('no approval');
    expect((await handle.query(statusQuery)).phase).toBe('waiting_approval');
    await handle.signal(decideSignal, decisionOn(approval, { decision: 'approve' }));
    expect((await handle.result()) as TaskResult).toMatchObject({ status: 'Completed' });
    expect(readLedger(rig.workspace)).toContain('decided');
    expect((await handle.query(transcriptQuery)).messages.at(-1)).toMatchObject({ content: 'Done.' });
  });

  test('of resume needs no message from a client that has the plugin', async () => {
    let asked = 0;
    const task = following(() => (asked++ === 0 ? { status: 401 } : { content: 'Woken.' }));
    const handle = await rig.client.workflow.start(WORKFLOW_TYPE, {
      ...{ args: [task], taskQueue: TASK_QUEUE, workflowId: randomUUID() },
    });
    await until(async () => (await handle.query(statusQuery)).phase === 'waiting_person', { what: 'it waits' });
    await handle.signal(resumeSignal);
    expect(await handle.result()).toMatchObject({ result: 'Woken.' });
  });

  test('of messages, pause, limits and move are used as they are typed', async () => {
    const wanted = ledgerCall('held');
    const task = following(
      inOrder({ calls: [{ id: 'a', name: wanted.name, args: wanted.args }] }, { content: 'Done.' }),
    );
    const handle = await rig.client.workflow.start(WORKFLOW_TYPE, {
      ...{ args: [task], taskQueue: TASK_QUEUE, workflowId: randomUUID() },
    });
    const inbox = () => handle.query(inboxQuery);
    const firstApproval = async () => (await handle.query(approvalsQuery)).approvals[0];
    const approval = await until(firstApproval, { what: 'a call waits' });
    if (!approval) throw new Error('no approval');

    const message = randomUUID();
    const stateIs = (state: string) => async () => (await inbox()).messages.some((one) => one.state === state);
    await handle.signal(messageSignal, { id: message, text: 'Hurry.', mode: 'queue' });
    await until(stateIs('accepted'), { what: 'the message is accepted' });
    await handle.signal(withdrawSignal, { id: randomUUID(), message });
    await until(stateIs('withdrawn'), { what: 'the message is withdrawn' });

    await handle.signal(raiseSignal, { id: randomUUID(), limits: { max_iterations: 77 } });
    await until(async () => (await inbox()).limits.max_iterations === 77, { what: 'the limit is raised' });

    await handle.signal(pauseSignal, { reason: 'Lunch.' });
    await until(async () => (await inbox()).paused?.reason === 'Lunch.', { what: 'the task is paused' });
    await handle.signal(unpauseSignal);
    await until(async () => (await inbox()).paused === null, { what: 'the task continues' });

    await handle.signal(moveSignal, { id: randomUUID(), host: rig.plugin.host });
    await until(async () => (await handle.query(statusQuery)).move?.state === 'moved', { what: 'the task is moved' });
    await handle.signal(decideSignal, decisionOn(approval, { decision: 'approve' }));
    expect(await handle.result()).toMatchObject({ status: 'Completed' });
  });
});
