/** A client with the plugin signs starts of tasks and the signals that give authority, and nothing else. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { SIGNALS, type TaskInput, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { signingInterceptor } from '../../src/signing/client-interceptor.js';
import { createSigner } from '../../src/signing/signature.js';

const signer = createSigner(randomBytes(32), 'default');
const interceptor = signingInterceptor(signer);

type StartInput = Parameters<NonNullable<typeof interceptor.start>>[0];
type SignalInput = Parameters<NonNullable<typeof interceptor.signal>>[0];

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

test.each(Object.values(SIGNALS))('the signal %s is signed for this task and run', async (name) => {
  const [message] = (await signalled(name)).args;
  expect(message).toMatchObject({ run: 'run-1' });
  expect(signer.verifyMessage('task-1', name, message as never)).toBe(true);
  expect(signer.verifyMessage('task-2', name, message as never)).toBe(false);
});

test('a message that is signed, and a signal of another name, pass as they are', async () => {
  const signed = signer.signMessage('task-1', SIGNALS.resume, { id: 'm' });
  expect((await signalled(SIGNALS.resume, signed)).args).toEqual([signed]);
  expect((await signalled('other', { id: 'm' })).args).toEqual([{ id: 'm' }]);
});
