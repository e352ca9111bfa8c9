/**
 * A signed start begins one task once. A client of the server can reset a run or start its signed input again: that run
 * waits, asks no model and runs no tool, until a person's signed resume for that very run.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { WorkflowIdReusePolicy } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGNALS, TASK_QUEUE, type TaskInput, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { createSigner, loadKey, type Signer } from '../../src/signing/signature.js';

import { type BareServer, startBareServer } from '../support/bare-server.js';
import { inOrder, type ModelScript } from '../support/book.js';
import { eventsOf, runsOf } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { scriptedAgent } from '../support/llm-server.js';
import { managerOf } from '../support/manager.js';
import { LONG } from '../support/random.js';
import { resetWorkflow, resumeRestarted, untilRestarted } from '../support/reset.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
let signer: Signer;
beforeAll(async () => {
  rig = await startRig();
  signer = createSigner(await loadKey(rig.paths.signingKey), rig.namespace);
});
afterAll(() => rig.stop());

/** One command that leaves a line, then the answer. */
function oneCommand(line: string): ModelScript {
  return inOrder({ calls: [{ id: 'a', ...ledgerCall(line) }] }, { content: 'Done.' });
}

async function finished(line: string): Promise<Task> {
  const task = await rig.start(oneCommand(line), { allow: ['shell'] });
  await task.result();
  expect(linesOf(line)).toHaveLength(1);
  return task;
}

const linesOf = (line: string): string[] => readLedger(rig.workspace).filter((one) => one === line);

/** Ids of the workflow tasks that were completed, the first one first. */
async function decisionsOf({ id }: Task): Promise<unknown[]> {
  const events = await eventsOf(rig.client, id);
  return events.filter((event) => event.workflowTaskCompletedEventAttributes).map(({ eventId }) => eventId);
}

interface Before {
  readonly requests: number;
  readonly lines: number;
  readonly file: string;
}

const lookAt = (task: Task): Before => ({
  requests: task.requests().length,
  lines: readLedger(rig.workspace).length,
  file: readFileSync(rig.paths.task(task.id), 'utf8'),
});

/** It waits and says why, in the command too; no request, no effect, and the file is as it was. */
async function expectHeld(task: Task, before: Before): Promise<void> {
  await untilRestarted(task);
  expect(lookAt(task)).toEqual(before);
  const manager = await managerOf(rig);
  const waits = { status: 'Running', detail: { phase: 'waiting_person' } };
  const status = await manager.status(task.id);
  expect(status).toMatchObject(waits);
  expect(status.detail.reason).toBe(`restarted from outside; \`rookery resume ${task.id}\` continues it`);
  expect((await manager.list()).tasks.find(({ id }) => id === task.id)).toMatchObject(waits);
}

describe('a reset of a finished task', () => {
  test.each([
    ['to its beginning', 0],
    ['to the point before its command', 1],
  ])('%s waits, and a signed resume continues it', async (where, n) => {
    const line = `once-${n}`;
    const task = await finished(line);
    const before = lookAt(task);
    await resetWorkflow(rig, task, (await decisionsOf(task))[n]);
    await expectHeld(task, before);
    expect(await (await managerOf(rig)).resume(task.id)).toMatchObject({ ok: true, message: 'woken' });
    expect(await task.result(), where).toMatchObject({ status: 'Completed' });
  });

  test('is let in by no resume but a signed one for that very run', async () => {
    const task = await finished('held');
    const runs = await runsOf(rig.client, task.id);
    const before = lookAt(task);
    await resetWorkflow(rig, task, (await decisionsOf(task))[1]);
    await untilRestarted(task);
    const resume = (run?: string) =>
      signer.signMessage(task.id, SIGNALS.resume, { id: randomUUID(), ...(run === undefined ? {} : { run }) });
    const { runId } = await task.handle.describe();
    const good = resume(runId);
    const messages = [
      undefined,
      { id: 'unsigned', run: runId },
      resume(),
      resume(runs[0]),
      { ...resume(runs[0]), run: runId },
      { ...good, id: 'another' },
      createSigner(Buffer.alloc(32, 9), rig.namespace).signMessage(task.id, SIGNALS.resume, { id: 'x', run: runId }),
      signer.signMessage(randomUUID(), SIGNALS.resume, { id: 'y', run: runId }),
    ];
    for (const message of messages) {
      const asked = await attempts(task);
      await rig.plain.workflow.getHandle(task.id).signal(SIGNALS.resume, ...(message ? [message] : [{ id: 'bare' }]));
      await until(async () => (await attempts(task)) > asked, { what: 'the message was looked at' });
    }
    await expectHeld(task, before);
    // Reset once more: Temporal brings the signals of the run before along, the good one too.
    await rig.plain.workflow.getHandle(task.id).signal(SIGNALS.resume, good);
    await task.result();
    const done = lookAt(task);
    await resetWorkflow(rig, task, (await decisionsOf(task))[1]);
    await expectHeld(task, done);
  });

  test('by a batch waits for each of its tasks', async () => {
    const tasks = [await finished('batch-1'), await finished('batch-2')];
    const before = tasks.map(lookAt);
    await rig.plain.workflowService.startBatchOperation({
      namespace: rig.namespace,
      jobId: randomUUID(),
      reason: 'from outside',
      executions: tasks.map(({ id }) => ({ workflowId: id })),
      resetOperation: { identity: 'a web page', options: { firstWorkflowTask: {} } },
    });
    for (const [i, task] of tasks.entries()) await expectHeld(task, before[i] as Before);
  });

  test('can be cancelled while it waits, and the end in its file stays', async () => {
    const task = await finished('kept');
    const before = lookAt(task);
    await resetWorkflow(rig, task, (await decisionsOf(task))[0]);
    await untilRestarted(task);
    await task.handle.cancel();
    expect((await task.failure()).name).toBe('CancelledFailure');
    expect(lookAt(task)).toEqual(before);
    expect(await (await managerOf(rig)).status(task.id)).toMatchObject({ status: 'Completed', result: 'Done.' });
  });
});

/** How often this run has asked a worker for its next step. */
async function attempts({ id }: Task): Promise<number> {
  const { runId } = await rig.client.workflow.getHandle(id).describe();
  const events = await eventsOf(rig.client, id, runId);
  return events.filter(({ activityTaskFailedEventAttributes: failed }) => failed).length;
}

describe('the same signed input started again under its id', () => {
  async function inputOf({ id }: Task): Promise<TaskInput> {
    const [first] = await eventsOf(rig.client, id);
    const payload = first?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
    return defaultPayloadConverter.fromPayload(payload as never);
  }

  const startAgain = (id: string, input: TaskInput): Promise<unknown> =>
    rig.plain.workflow.start(WORKFLOW_TYPE, {
      args: [input],
      taskQueue: TASK_QUEUE,
      workflowId: id,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    });

  test('waits, and runs after a signed resume', async () => {
    const task = await finished('replayed');
    const before = lookAt(task);
    await startAgain(task.id, await inputOf(task));
    await expectHeld(task, before);
    await resumeRestarted(rig, task);
    expect(await task.result()).toMatchObject({ status: 'Completed' });
  });

  // The server takes up to 20 s to delete a workflow.
  test.runIf(LONG)('waits also after its workflow was deleted from the server', async () => {
    const task = await finished('deleted');
    const input = await inputOf(task);
    const before = lookAt(task);
    const workflowExecution = { workflowId: task.id };
    await rig.plain.workflowService.deleteWorkflowExecution({ namespace: rig.namespace, workflowExecution });
    const isGone = (): Promise<boolean> =>
      task.handle.describe().then(
        () => false,
        () => true,
      );
    await until(isGone, { what: 'the workflow is deleted', timeoutMs: 50_000 });
    await startAgain(task.id, input);
    await expectHeld(task, before);
  });

  test('waits on a host that has forgotten what it admitted, as long as the server remembers', async () => {
    const task = await finished('forgotten');
    const before = lookAt(task);
    rmSync(rig.paths.admitted(task.id));
    await startAgain(task.id, await inputOf(task));
    await expectHeld(task, before);
  });

  test('signed anew it is a new start, and runs', async () => {
    const task = await finished('anew');
    const { signature: old, ...input } = await inputOf(task);
    const signed = signer.signStart(task.id, input);
    expect(signed.signature).not.toEqual(old);
    await startAgain(task.id, signed);
    expect(await task.result()).toMatchObject({ status: 'Completed' });
  });

  test('its nonce and its time of signing are covered by the signature', async () => {
    const task = await finished('covered');
    const { signature, ...input } = await inputOf(task);
    expect(signature).toMatchObject({ nonce: expect.any(String), signed_at: expect.stringMatching(/\+00:00$/) });
    for (const change of [{ nonce: randomUUID() }, { signed_at: '2027-01-01T00:00:00+00:00' }]) {
      await startAgain(task.id, { ...input, signature: { ...signature, ...change } as never });
      expect((await task.failure()).type).toBe('StartRefused');
    }
  });
});

test('a reset of a task at work waits, with the command of the run before at its end and not run again', async () => {
  const task = await rig.start(
    inOrder({ calls: [{ id: 'a', ...ledgerCall('working', 'sleep 2') }] }, { content: 'Done.' }),
    {
      allow: ['shell'],
    },
  );
  await until(() => linesOf('working').length === 1, { what: 'the command runs' });
  await resetWorkflow(rig, task, (await decisionsOf(task)).at(-1));
  await untilRestarted(task);
  const requests = task.requests().length;
  await resumeRestarted(rig, task);
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(linesOf('working')).toHaveLength(1);
  expect(task.requests().length).toBe(requests + 1);
});

test('with `reset: "run"` a reset runs at once', async () => {
  const own = await startRig({ plugin: { reset: 'run' } });
  const task = await own.start(inOrder({ content: 'Done.' }));
  await task.result();
  const decided = (await eventsOf(own.client, task.id)).find((event) => event.workflowTaskCompletedEventAttributes);
  await resetWorkflow(own, task, decided?.eventId);
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(task.requests()).toHaveLength(2);
  await own.stop();
});

describe('on a server that wants short histories', () => {
  let server: BareServer;
  let own: Rig;
  beforeAll(async () => {
    server = await startBareServer({ 'limit.historyCount.suggestContinueAsNew': 40 });
    own = await startRig({ address: server.address });
  });
  afterAll(async () => {
    await own.stop();
    await server.stop();
  });

  test('every run of a continued chain is admitted, also by a worker that starts in its middle', async () => {
    const agent = scriptedAgent({ iterations: 24, callFor: () => ({ name: 'list_files', args: {} }), final: 'Done.' });
    const task = await own.start((request) => ({ ...agent(request), delayMs: 50 }));
    await until(async () => (await runsOf(own.client, task.id)).length > 1, {
      what: 'a second run',
      timeoutMs: 30_000,
    });
    await own.startWorker();
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    const runs = await runsOf(own.client, task.id);
    expect(runs.length).toBeGreaterThan(2);
    expect(existsSync(own.paths.admitted(task.id))).toBe(true);
    expect(Object.values(JSON.parse(readFileSync(own.paths.admitted(task.id), 'utf8')))).toEqual([runs]);
  });

  test('a run that continues a restarted one is no way in', async () => {
    const agent = scriptedAgent({ iterations: 24, callFor: () => ({ name: 'list_files', args: {} }), final: 'Done.' });
    const task = await own.start(agent);
    await task.result();
    const requests = task.requests().length;
    // Back to the last step of the first run: its history is long enough, so the restarted run continues at once.
    const [first = ''] = await runsOf(own.client, task.id);
    const events = await eventsOf(own.client, task.id, first);
    const decided = events.filter((event) => event.workflowTaskCompletedEventAttributes).at(-1);
    const restarted = await own.plain.workflowService.resetWorkflowExecution({
      namespace: own.namespace,
      workflowExecution: { workflowId: task.id, runId: first },
      reason: 'a person went back',
      requestId: randomUUID(),
      workflowTaskFinishEventId: decided?.eventId as never,
    });
    await until(async () => (await own.client.workflow.getHandle(task.id).describe()).runId !== restarted.runId, {
      what: 'the restarted run continues as new',
    });
    await untilRestarted(task);
    expect(task.requests()).toHaveLength(requests);
  });
});
