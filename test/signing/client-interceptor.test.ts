/** A client with the plugin signs starts of tasks, schedules of them and the signals that give authority, and nothing else. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SIGNALS, type TaskInput, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { scheduleSigningInterceptor, signingInterceptor } from '../../src/signing/client-interceptor.js';
import { createSigner } from '../../src/signing/signature.js';

const signer = createSigner(randomBytes(32), 'default');
const interceptor = signingInterceptor(signer);

type StartInput = Parameters<NonNullable<typeof interceptor.start>>[0];
type SignalInput = Parameters<NonNullable<typeof interceptor.signal>>[0];
type SignalStartInput = Parameters<NonNullable<typeof interceptor.signalWithStart>>[0];

/** The input as the next interceptor gets it. */
async function started(workflowType: string, ...args: unknown[]): Promise<StartInput> {
  const input = { workflowType, headers: {}, options: { workflowId: 'task-1', args } } as unknown as StartInput;
  let passed: StartInput | undefined;
  await interceptor.start?.(input, async (next) => {
    passed = next;
    return 'run';
  });
  return passed as StartInput;
}

async function signalled(signalName: string, ...args: unknown[]): Promise<SignalInput> {
  const input = { signalName, args, headers: {}, workflowExecution: { workflowId: 'task-1', runId: 'run-1' } };
  let passed: SignalInput | undefined;
  await interceptor.signal?.(input as unknown as SignalInput, async (next) => {
    passed = next;
  });
  return passed as SignalInput;
}

test('a start of a task is signed, with the time of its submission', async () => {
  const [task] = (await started(WORKFLOW_TYPE, { prompt: 'p' })).options.args;
  expect(task).toMatchObject({ prompt: 'p', created_at: expect.any(String) });
  expect(signer.verifyStart('task-1', task as TaskInput)).toBe(true);
  expect(signer.verifyStart('task-2', task as TaskInput)).toBe(false);
});

test('a start that is signed, and one of another workflow, pass as they are', async () => {
  const signed = signer.signStart('task-1', { prompt: 'p' });
  expect((await started(WORKFLOW_TYPE, signed)).options.args).toEqual([signed]);
  expect((await started('other', { prompt: 'p' })).options.args).toEqual([{ prompt: 'p' }]);
  expect((await started(WORKFLOW_TYPE, 'text')).options.args).toEqual(['text']);
});

const SIGNED = Object.values(SIGNALS).filter((name) => name !== SIGNALS.pause);

test.each(SIGNED)('the signal %s is signed for this task and run', async (name) => {
  const [message] = (await signalled(name)).args;
  expect(message).toMatchObject({ run: 'run-1' });
  expect(signer.verifyMessage('task-1', name, message as never)).toBe(true);
  expect(signer.verifyMessage('task-2', name, message as never)).toBe(false);
});

test('a pause passes as it is: it needs no signature', async () => {
  expect((await signalled(SIGNALS.pause)).args).toEqual([]);
  expect((await signalled(SIGNALS.pause, { reason: 'lunch' })).args).toEqual([{ reason: 'lunch' }]);
});

describe('a signal that starts the task if need be', () => {
  async function sent(workflowType: string, signalName: string, ...signalArgs: unknown[]) {
    const options = { workflowId: 'task-1', args: [{ prompt: 'p' }] };
    const input = { workflowType, signalName, signalArgs, headers: {}, options } as unknown as SignalStartInput;
    let passed: SignalStartInput | undefined;
    await interceptor.signalWithStart?.(input, async (next) => {
      passed = next;
      return 'run';
    });
    return passed as SignalStartInput;
  }

  test('has both signed', async () => {
    const { options, signalArgs } = await sent(WORKFLOW_TYPE, SIGNALS.resume);
    expect(signer.verifyStart('task-1', options.args[0] as TaskInput)).toBe(true);
    expect(signer.verifyMessage('task-1', SIGNALS.resume, signalArgs[0] as never)).toBe(true);
  });

  test('is left alone where it is for another workflow', async () => {
    const { options, signalArgs } = await sent('other', SIGNALS.resume, { id: 'm' });
    expect([options.args, signalArgs]).toEqual([[{ prompt: 'p' }], [{ id: 'm' }]]);
  });
});

describe('a schedule', () => {
  type CreateInput = Parameters<NonNullable<ReturnType<typeof scheduleSigningInterceptor>['create']>>[0];
  async function created(workflowType: string, workflowId: string, ...args: unknown[]): Promise<unknown[]> {
    const action = { type: 'startWorkflow', workflowType, workflowId, args };
    let passed: CreateInput | undefined;
    await scheduleSigningInterceptor(signer).create?.({ headers: {}, options: { action } } as never, async (next) => {
      passed = next;
      return { conflictToken: new Uint8Array() };
    });
    return passed?.options.action.args ?? [];
  }

  test('of tasks is signed for the ids of its runs, without a time of submission', async () => {
    const [task] = (await created(WORKFLOW_TYPE, 'nightly', { prompt: 'p' })) as [TaskInput];
    expect(task).toEqual({ prompt: 'p', signature: expect.anything() });
    expect(signer.verifyStart('nightly-2026-11-27T10:00:00Z', task)).toBe(true);
    expect(signer.verifyStart('nightly', task)).toBe(false);
  });

  test('of another workflow, or with an input that is signed, passes as it is', async () => {
    expect(await created('other', 'nightly', { prompt: 'p' })).toEqual([{ prompt: 'p' }]);
    const signed = signer.signStart('schedule:nightly', { prompt: 'p' });
    expect(await created(WORKFLOW_TYPE, 'nightly', signed)).toEqual([signed]);
  });

  test('whose runs could have no files is refused', async () => {
    await expect(created(WORKFLOW_TYPE, 'a/b', { prompt: 'p' })).rejects.toMatchObject({ code: 'bad_input' });
  });
});

test('a message that is signed, and a signal of another name, pass as they are', async () => {
  const signed = signer.signMessage('task-1', SIGNALS.resume, { id: 'm' });
  expect((await signalled(SIGNALS.resume, signed)).args).toEqual([signed]);
  expect((await signalled('other', { id: 'm' })).args).toEqual([{ id: 'm' }]);
});
