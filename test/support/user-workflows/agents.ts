/** Workflows of a user that run an agent themselves, each in another way. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { TaskInput, TaskResult } from '../../../src/domain/protocol.js';
import { type AgentState, type RunAgentOptions, runAgent } from '../../../workflows/index.js';

export * from '../../../workflows/index.js';

export const finishSignal = defineSignal('finish');

/** The agent is one step of it: activities of the user come before and after. */
export async function research(task: TaskInput, options?: RunAgentOptions): Promise<string> {
  const { note } = proxyActivities<{ note(text: string): Promise<string> }>({ startToCloseTimeout: '1 minute' });
  const before = await note('before');
  const { result } = await runAgent(task, options);
  return [before, result, await note('after')].join(', ');
}

/** The same code under a name that no option names. */
export async function unknownResearch(task: TaskInput): Promise<TaskResult> {
  return runAgent(task);
}

/** Its agent has ended, and it still runs. */
export async function lingering(task: TaskInput): Promise<TaskResult> {
  let finished = false;
  setHandler(finishSignal, () => {
    finished = true;
  });
  const result = await runAgent(task);
  await condition(() => finished);
  return result;
}

/** Survives the failure of its agent, and says what it was. */
export async function forgiving(task: TaskInput): Promise<unknown> {
  try {
    return await runAgent(task);
  } catch (error) {
    if (error instanceof CancelledFailure) return { cancelled: (error.details[0] as TaskResult).status };
    const { type, message, details } = error as ApplicationFailure;
    return { type, message, details };
  }
}

/** Cancels its agent, and not itself. */
export async function impatient(task: TaskInput): Promise<string> {
  const scope = new CancellationScope();
  setHandler(finishSignal, () => scope.cancel());
  try {
    await scope.run(() => runAgent(task));
    return 'in time';
  } catch (error) {
    return error instanceof CancelledFailure ? 'too late' : String(error);
  }
}

/** A second agent in the same run: after the first, beside it, or after one that was refused. */
export async function second(task: TaskInput, how: 'after' | 'beside' | 'refused'): Promise<string> {
  const first = runAgent(how === 'refused' ? { prompt: ' ' } : task);
  const attempt = async (): Promise<string> => (await runAgent(task)).result ?? '';
  if (how === 'beside') {
    const refused = attempt().catch(({ message }: Error) => message);
    await first;
    return refused;
  }
  await first.catch(() => undefined);
  return attempt().catch(({ message }: Error) => message);
}

/** One agent in each of its runs, all in the same files. */
export async function rounds(task: TaskInput, left: number): Promise<number> {
  await runAgent({ ...task, prompt: `Round ${left}.` });
  if (left > 1) await continueAsNew<typeof rounds>(task, left - 1);
  return left;
}

/** Its agent continues in a new run when the server suggests it. */
export async function longResearch(task: TaskInput, state?: AgentState): Promise<TaskResult> {
  return runAgent(task, { state, continueAsNew: (next) => continueAsNew<typeof longResearch>(task, next) });
}

/** Waits before its agent, in a run that the server may have restarted. */
export async function attempts(task: TaskInput): Promise<TaskResult> {
  if (workflowInfo().attempt === 1) throw ApplicationFailure.retryable('once more');
  return runAgent(task);
}
