/** What a provider may answer instead of a reply, and what the task makes of it: waiting, trying again, or its end. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MEMO_PHASE, SIGNALS } from '../../src/domain/protocol.js';
import { inOrder, type ModelScript } from '../support/book.js';
import type { Script } from '../support/llm-server.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
beforeAll(async () => {
  // Twenty errors with a back-off that doubles would take minutes.
  rig = await startRig({ plugin: { backoffMs: 0 } });
});
afterAll(() => rig.stop());

const answer = { content: 'Here it is.' };

/** Refuses until the door is opened. */
function door(refusal: Script): { script: ModelScript; open(): void } {
  let shut = true;
  return {
    script: () => (shut ? refusal : answer),
    open: () => {
      shut = false;
    },
  };
}

function waits(task: Task): Promise<string> {
  return until(
    async () => {
      const { phase, reason } = await task.status();
      return phase === 'waiting_person' && reason;
    },
    { what: 'the task waits for a person' },
  ) as Promise<string>;
}

describe.each([
  ['an empty reply', { content: '' }],
  ['an empty body', { empty: true }],
  ['a web page', { html: true }],
  ['a connection that breaks', { reset: true }],
  ['a stream that breaks off', { content: 'Here it', after: 'cut' }],
] as [string, Script][])('%s', (_, fault) => {
  test('is no answer: the model is asked again', async () => {
    const task = await rig.start(inOrder(fault, fault, answer));
    expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Here it is.', iterations: 1 });
    expect(task.requests()).toHaveLength(3);
  });
});

test.each([400, 404, 422])('%i ends the task with the words of the provider', async (status) => {
  const body = { error: { message: 'this model takes no such thing' } };
  const task = await rig.start(inOrder({ status, body }));
  const failure = await task.failure();
  expect(failure.type).toBe('TaskFailed');
  expect(failure.message).toContain(`(${status}): this model takes no such thing`);
  expect(task.file()).toMatchObject({ status: 'Failed', error: failure.message });
  expect(task.requests()).toHaveLength(1);
});

test('429 is asked again, but not before its retry-after', async () => {
  const task = await rig.start(inOrder({ status: 429, headers: { 'retry-after': '1' } }, answer));
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  const [first, second] = task.requests();
  expect((second?.time ?? 0) - (first?.time ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test('500 is asked again, more often than one activity has attempts', async () => {
  const fault = { status: 500, headers: { 'retry-after-ms': '20' } };
  const task = await rig.start(inOrder(fault, fault, fault, fault, fault, fault, fault, answer));
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(task.requests()).toHaveLength(8);
});

test('after 20 errors in a row the task waits for a person, and a resume continues it', async () => {
  const { script, open } = door({ status: 503, headers: { 'retry-after-ms': '5' } });
  const task = await rig.start(script);
  expect(await waits(task)).toContain('(503)');
  expect(task.requests()).toHaveLength(20);
  open();
  await task.handle.signal(SIGNALS.resume);
  expect(await task.result()).toMatchObject({ status: 'Completed' });
});

describe('a refused key', () => {
  const refusal = { status: 401, body: { error: { message: 'wrong key' } } };

  test('makes the task wait with the reason in memo, query and search attribute, its file Running', async () => {
    const { script, open } = door(refusal);
    const task = await rig.start(script);
    expect(await waits(task)).toContain('wrong key');
    const description = await task.handle.describe();
    expect(description.memo?.[MEMO_PHASE]).toMatchObject({ phase: 'waiting_person' });
    expect(description.status.name).toBe('RUNNING');
    await until(() => task.file().status === 'Running', { what: 'the file says Running' });

    open();
    await task.handle.signal(SIGNALS.resume);
    expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Here it is.' });
    expect(task.requests()).toHaveLength(2);
    expect((await task.handle.describe()).memo?.[MEMO_PHASE]).toMatchObject({ phase: 'thinking' });
  });

  test('unsigned and forged resumes are refused and ask nothing; a signed one continues it', async () => {
    const { script, open } = door(refusal);
    const task = await rig.start(script);
    await waits(task);
    open();
    const stranger = rig.plain.workflow.getHandle(task.id);
    await stranger.signal(SIGNALS.resume, { id: 'unsigned' });
    await until(async () => (await waits(task)).includes('refused)'), { what: 'the refusal is shown' });
    const signature = { scope: task.id, mac: 'f'.repeat(64) };
    const looked = await activitiesOf(task);
    await stranger.signal(SIGNALS.resume, { id: 'forged', signature });
    await stranger.signal(SIGNALS.resume, { id: 'broken', signature: { scope: task.id, mac: 'é'.repeat(64) } });
    await stranger.signal(SIGNALS.resume, { id: 'nonsense', signature: null });
    await stranger.signal(SIGNALS.resume, 'nonsense');
    await until(async () => (await activitiesOf(task)) >= looked + 3, { what: 'the forged ones were looked at' });
    await waits(task);
    expect(task.requests()).toHaveLength(1);

    await task.handle.signal(SIGNALS.resume);
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    expect(task.requests()).toHaveLength(2);
  });

  test('a resume that was signed for another task is refused', async () => {
    const [mine, other] = [door(refusal), door(refusal)];
    const tasks = await Promise.all([rig.start(mine.script), rig.start(other.script)]);
    await Promise.all(tasks.map(waits));
    const [task, stolen] = tasks as [Task, Task];
    mine.open();
    const signature = await signatureFor(stolen);
    await rig.plain.workflow.getHandle(task.id).signal(SIGNALS.resume, signature);
    await until(async () => (await waits(task)).includes('refused)'), { what: 'the refusal is shown' });
    expect(task.requests()).toHaveLength(1);
  });
});

// ---

async function activitiesOf(task: Task): Promise<number> {
  const { events } = await task.handle.fetchHistory();
  const iterations = (events ?? []).filter(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'rookery.iterate',
  );
  return iterations.length;
}

/** A resume as the owner of the key would send it to that task, read from its history. */
async function signatureFor(task: Task): Promise<unknown> {
  await task.handle.signal(SIGNALS.resume);
  // While a workflow task runs the server keeps a signal back.
  const payload = await until(() => signalOf(task), { what: 'the signal is in the history' });
  return JSON.parse(Buffer.from(payload ?? []).toString());
}

async function signalOf(task: Task): Promise<Uint8Array | null | undefined> {
  const { events } = await task.handle.fetchHistory();
  const signalled = events?.find(({ workflowExecutionSignaledEventAttributes: found }) => found);
  return signalled?.workflowExecutionSignaledEventAttributes?.input?.payloads?.[0]?.data;
}
