/** A call that waits for a person: durable, exact, and decided only by the person. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Approval, ApprovalsAnswer, Decision } from '../../src/domain/messages.js';
import { QUERIES, SIGNALS } from '../../src/domain/protocol.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import { undecidedOf } from '../../src/manager/needs.js';
import { memoPhase } from '../../src/manager/workflow-state.js';
import { signDecision } from '../../src/signing/decisions.js';
import { createSigner, loadKey, type Signer } from '../../src/signing/signature.js';
import { inOrder } from '../support/book.js';
import { eventsOf, runsOf, scheduledBy } from '../support/history.js';
import { ledgerCall, readLedger } from '../support/ledger.js';
import { managerOf } from '../support/manager.js';
import { SCALE } from '../support/random.js';
import { resetWorkflow, resumeRestarted } from '../support/reset.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';

let rig: Rig;
let manager: BackgroundTaskManager;
let signer: Signer;
beforeAll(async () => {
  rig = await startRig();
  manager = await managerOf(rig);
  signer = createSigner(await loadKey(rig.paths.signingKey), rig.namespace);
});
afterAll(() => rig.stop());

const call = (name: string, args: unknown, id = `call_${randomUUID().slice(0, 4)}`) => ({ id, name, args });

async function waitingFor(task: Task, calls = 1): Promise<Approval[]> {
  let found: readonly Approval[] = [];
  await until(
    async () => {
      found = (await task.handle.query<ApprovalsAnswer>(QUERIES.approvals)).approvals;
      return found.length === calls;
    },
    { what: `${calls} calls wait` },
  );
  return [...found];
}

/** A task whose only tool call must be approved, and the word that was said about it. */
async function asking(mark: string, allow: string[] = []) {
  const wanted = ledgerCall(mark);
  const task = await rig.start(inOrder({ calls: [call(wanted.name, wanted.args)] }, { content: 'Done.' }), { allow });
  const [approval] = await waitingFor(task);
  return { task, approval: approval as Approval };
}

const marksOf = (mark: string) => readLedger(rig.workspace).filter((line) => line === mark);

test('waits with exactly what would run, holds no worker slot, and runs once when approved', async () => {
  const { task, approval } = await asking('approve-me');
  expect(approval).toMatchObject({ tool: 'shell', args: ledgerCall('approve-me').args, refused: null });
  expect(await task.status()).toMatchObject({ phase: 'waiting_approval' });
  expect(task.file().status).toBe('Running');
  expect((await task.handle.describe()).raw.pendingActivities ?? []).toEqual([]);
  expect(await manager.approvals()).toContainEqual(expect.objectContaining({ task: task.id, call: approval.call }));
  expect(marksOf('approve-me')).toEqual([]);
  expect(await manager.decide({ id: task.id }, { decision: 'approve' })).toMatchObject({ ok: true });
  expect(await task.result()).toMatchObject({ status: 'Completed', result: 'Done.' });
  expect(marksOf('approve-me')).toEqual(['approve-me']);
});

test('a denied call never runs, and the model reads the reason', async () => {
  const { task } = await asking('deny-me');
  await manager.decide({ id: task.id }, { decision: 'deny', reason: 'use the other file' });
  await task.result();
  expect(marksOf('deny-me')).toEqual([]);
  const answer = task.requests().at(-1)?.messages.at(-1);
  expect(String(answer?.content)).toContain('use the other file');
});

test('a task that waits is cancelled at once', async () => {
  const { task } = await asking('cancel-me');
  await task.handle.cancel();
  expect((await task.failure()).name).toBe('CancelledFailure');
  expect(marksOf('cancel-me')).toEqual([]);
});

test('calls of one reply are decided in any order, and run in the order of the model', async () => {
  const wanted = ['one', 'two', 'three'].map((mark) => ledgerCall(`order-${mark}`));
  const task = await rig.start(
    inOrder({ calls: wanted.map(({ name, args }) => call(name, args)) }, { content: 'Done.' }),
  );
  const asked = await waitingFor(task, 3);
  for (const { call: id } of [...asked].reverse()) {
    const approval = asked.find((one) => one.call === id) as Approval;
    await task.handle.signal(SIGNALS.decide, signDecision(signer, task.id, approval, { decision: 'approve' }));
  }
  await task.result();
  expect(readLedger(rig.workspace).filter((line) => line.startsWith('order-'))).toEqual([
    'order-one',
    'order-two',
    'order-three',
  ]);
});

describe('a call that has been decided', () => {
  test('waits no longer: while it runs, the task works, and another decision on it comes too late', async () => {
    const mark = join(rig.workspace, 'let-it-end');
    const { name, args } = ledgerCall('long', `while [ ! -e '${mark}' ]; do sleep 0.1; done; echo ended`);
    const task = await rig.start(inOrder({ calls: [call(name, args)] }, { content: 'Done.' }));
    await waitingFor(task);
    const memo = async () => memoPhase((await task.handle.describe()).memo)?.phase;
    expect(await memo()).toBe('waiting_approval');
    expect(await manager.decide({ id: task.id }, { decision: 'approve' })).toMatchObject({
      message: 'approved: shell; it is running',
    });
    expect(await memo()).toBe('thinking');
    const { tasks } = await manager.overview();
    expect(tasks.find(({ id }) => id === task.id)).toMatchObject({ detail: { phase: 'thinking' } });
    expect(undecidedOf(await manager.needs(task.id)).approvals).toEqual([]);
    await expect(manager.decide({ id: task.id }, { decision: 'deny' })).rejects.toMatchObject({
      code: 'wrong_status',
      message: expect.stringMatching(/has been decided already, and that decision is being carried out$/),
    });
    writeFileSync(mark, '');
    await task.result();
    expect(task.requests().at(-1)?.messages.at(-1)?.content).toContain('ended');
  });

  test('of a paused task runs once, after the unpause; another decision is told so', async () => {
    const { task } = await asking('decided-while-paused');
    await manager.pause(task.id);
    const approve = () => manager.decide({ id: task.id }, { decision: 'approve' });
    expect(await approve()).toMatchObject({ message: 'approved: shell; it counts when the task is unpaused' });
    await expect(approve()).rejects.toMatchObject({
      code: 'wrong_status',
      message: expect.stringMatching(/has been decided already, and that decision counts when the task is unpaused$/),
      hint: `Run \`rookery unpause ${task.id}\``,
    });
    expect(marksOf('decided-while-paused')).toEqual([]);
    await manager.unpause(task.id);
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    expect(marksOf('decided-while-paused')).toEqual(['decided-while-paused']);
  });
});

test('what --allow names, and what --yes covers, is not asked', async () => {
  const wanted = ledgerCall('allowed');
  const script = inOrder({ calls: [call(wanted.name, wanted.args)] }, { content: 'Done.' });
  await (await rig.start(script, { allow: ['shell'] })).result();
  const again = inOrder({ calls: [call(wanted.name, wanted.args)] }, { content: 'Done.' });
  await (await rig.start(again, { yes: true })).result();
  expect(marksOf('allowed')).toEqual(['allowed', 'allowed']);
});

test('a worker that dies while a task waits changes nothing', async () => {
  const own = await startRig({ worker: false });
  const first = await own.startWorker();
  const wanted = ledgerCall('survives');
  const task = await own.start(inOrder({ calls: [call(wanted.name, wanted.args)] }, { content: 'Done.' }));
  await waitingFor(task);
  await first.stop();
  await own.startWorker();
  const again = await managerOf(own);
  await again.decide({ id: task.id }, { decision: 'approve' });
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(readLedger(own.workspace)).toEqual(['survives']);
  await own.stop();
});

describe('time', () => {
  test('a call without a decision counts as denied when its time is over', async () => {
    const own = await startRig({ worker: false });
    const bundle = join(own.paths.workdir, 'impatient.js');
    const code = readFileSync(inject('bundle'), 'utf8');
    const impatient = code.replace(/approvalMs: 24 \* 60 \* MINUTE/, 'approvalMs: 1500');
    expect(impatient).not.toBe(code);
    writeFileSync(bundle, impatient);
    await own.startWorker({ bundle });
    const wanted = ledgerCall('too-late');
    const task = await own.start(inOrder({ calls: [call(wanted.name, wanted.args)] }, { content: 'Done.' }));
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    expect(String(task.requests()[1]?.messages.at(-1)?.content)).toContain('The approval expired without an answer');
    expect(readLedger(own.workspace)).toEqual([]);
    await own.stop();
  });

  test('the time limit of the task counts while it waits', async () => {
    const wanted = ledgerCall('no-time');
    const script = inOrder({ calls: [call(wanted.name, wanted.args)] }, { content: 'Done.' });
    const task = await rig.start(script, { limits: { max_time_ms: 1_500 } });
    expect((await task.failure()).message).toMatch(/^Time limit/);
    expect(marksOf('no-time')).toEqual([]);
  });

  test('a task that waits moves on to a new run when its history is long, and its approval still counts', async () => {
    const { task, approval } = await asking('moves');
    const stranger = rig.plain.workflow.getHandle(task.id);
    const runs = async () => (await runsOf(rig.client, task.id)).length;
    for (let n = 0; (await runs()) < 2; n++) {
      // The server suggests a new run at 4 MB.
      await stranger.signal('nothing of ours', 'x'.repeat(900_000));
      if (n > 12) throw new Error('no new run came');
    }
    const [still] = await waitingFor(task);
    expect(still).toMatchObject({ call: approval.call, expires: approval.expires, chain: approval.chain });
    await task.handle.signal(SIGNALS.decide, signDecision(signer, task.id, approval, { decision: 'approve' }));
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    expect(marksOf('moves')).toEqual(['moves']);
  });
});

test('rules that come with the signed start count, behind those of the worker', async () => {
  const wanted = ledgerCall('project-rule');
  const script = inOrder({ calls: [call(wanted.name, wanted.args)] }, { content: 'Done.' });
  const task = await rig.start(script, { policy: [{ do: 'run', tool: 'shell', command: `= ${wanted.args.command}` }] });
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  expect(marksOf('project-rule')).toEqual(['project-rule']);
});

describe('a decision that is not the person’s', () => {
  const kinds: Record<string, (good: Decision, other: Decision, task: Task) => unknown> = {
    'without a signature': ({ signature: _, ...rest }) => rest,
    'with another mac': (good) => ({ ...good, signature: { scope: good.signature?.scope, mac: 'a'.repeat(64) } }),
    'signed for another task': (good, other) => ({ ...other, call: good.call, args: good.args }),
    'about another task as it stands': (good, other) => ({ ...other, call: good.call }),
    'with a changed word': (good) => ({ ...good, decision: good.decision === 'approve' ? 'deny' : 'approve' }),
    'with other arguments': (good) => ({ ...good, args: 'b'.repeat(64) }),
    'signed, about other arguments': (good, _other, task) => signed(task, { ...good, args: 'c'.repeat(64) }),
    'signed, of another chain of runs': (good, _other, task) => signed(task, { ...good, chain: randomUUID() }),
    'signed, expired': (good, _other, task) => signed(task, { ...good, expires: Date.now() - 1 }),
    'signed as another kind of message': (good, _other, task) => {
      const { signature: _, ...content } = good;
      return signer.signMessage(task.id, SIGNALS.resume, content as Decision);
    },
    'signed with another key': (good, _other, task) => {
      const { signature: _, ...content } = good;
      return createSigner(Buffer.alloc(32, 7), rig.namespace).signMessage(task.id, SIGNALS.decide, content as Decision);
    },
    'of no shape at all': (_good, _other, task) => ({ id: task.id, call: { toString: 'x' } }),
  };

  function signed(task: Task, { signature: _, ...content }: Decision): Decision {
    return signer.signMessage(task.id, SIGNALS.decide, content as Decision);
  }

  test('never counts, costs no attempt, and leaves the true one its effect', { timeout: 600_000 }, async () => {
    const rounds = Math.max(1, Math.round((1_000 / Object.keys(kinds).length) * SCALE));
    let forged = 0;
    for (let round = 0; round < rounds; round++) {
      const { task, approval } = await asking(`forged-${round}`);
      const other = await asking(`other-${round}`);
      const good = signDecision(signer, task.id, approval, { decision: 'approve' });
      const theirs = signDecision(signer, other.task.id, other.approval, { decision: 'approve' });
      const stranger = rig.plain.workflow.getHandle(task.id);
      for (const forge of Object.values(kinds)) {
        await stranger.signal(SIGNALS.decide, forge(good, theirs, task));
        forged++;
      }
      // The last of those that reach the worker has been looked at.
      await until(async () => refusals(await scheduledBy(rig.client, task.id)) >= Object.keys(kinds).length - 1, {
        what: 'all were refused',
      });
      expect(marksOf(`forged-${round}`)).toEqual([]);
      const [still] = await waitingFor(task);
      expect(still?.refused).toMatch(/^The decision/);
      await task.handle.signal(SIGNALS.decide, good);
      expect(await task.result()).toMatchObject({ status: 'Completed' });
      expect(marksOf(`forged-${round}`)).toEqual([`forged-${round}`]);
      expect(marksOf(`other-${round}`)).toEqual([]);
      await other.task.handle.terminate();
    }
    console.log(`${forged} forged decisions, none accepted`);
  });

  const refusals = (scheduled: readonly { activity: string }[]) =>
    scheduled.filter(({ activity }) => activity === 'runTool').length;

  test('is no second use of a used one: a reset of the workflow does not run the call again', async () => {
    const { task, approval } = await asking('replayed');
    const good = signDecision(signer, task.id, approval, { decision: 'approve' });
    await task.handle.signal(SIGNALS.decide, good);
    await task.result();
    const events = await eventsOf(rig.client, task.id);
    const at = events.find(({ workflowExecutionSignaledEventAttributes: one }) => one?.signalName === SIGNALS.decide);
    const before = events.filter(
      ({ workflowTaskCompletedEventAttributes: one, eventId }) => one && Number(eventId) < Number(at?.eventId),
    );
    await resetWorkflow(rig, task, before.at(-1)?.eventId);
    await resumeRestarted(rig, task);
    expect(await task.result()).toMatchObject({ status: 'Completed' });
    expect(marksOf('replayed')).toEqual(['replayed']);
  });
});

test('a flood of signals nested as deep as they come leaves the task alive', async () => {
  const { task, approval } = await asking('nested');
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const send = (signalName: string, json: string) =>
    rig.connection.workflowService.signalWorkflowExecution({
      namespace: rig.namespace,
      workflowExecution: { workflowId: task.id },
      signalName,
      input: { payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(json) }] },
    });
  for (let n = 0; n < 10; n++) {
    await send(SIGNALS.decide, `{"id":"x","call":"${approval.call}","reason":${deep},"signature":${deep}}`);
    await send(SIGNALS.resume, `{"id":"x","signature":${deep}}`);
    await send(SIGNALS.decide, deep);
  }
  await manager.decide({ id: task.id }, { decision: 'approve' });
  expect(await task.result()).toMatchObject({ status: 'Completed' });
  const failed = (await eventsOf(rig.client, task.id)).filter((event) => event.workflowTaskFailedEventAttributes);
  expect(failed).toEqual([]);
});

test('what was asked, granted and refused is in the audit log', async () => {
  await until(() => existsSync(rig.paths.audit), { what: 'there is a log' });
  const types = readFileSync(join(rig.paths.workdir, 'audit.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { event_type: string }).event_type);
  for (const type of ['agent_start', 'approval_requested', 'approval_granted', 'approval_denied', 'security_violation'])
    expect(types).toContain(type);
});
