/**
 * The first steps of every activity: check that this host may take it, admit the run, resolve the conversation. Touches
 * nothing else, so the activity can still answer that the workflow must send more or use another host.
 */
import { Context } from '@temporalio/activity';
import type { Base, CacheMiss } from '../src/domain/activity-calls.js';
import type { Message } from '../src/domain/conversation.js';
import type { AdmittedTask } from './admission.js';
import type { ActivityDeps } from './ports.js';
import type { Shared } from './shared.js';
import { refusalToTake } from './takeover.js';

export interface OpenedTask {
  readonly kind: 'opened';
  readonly task: AdmittedTask;
  readonly messages: readonly Message[];
}

export async function openTask(
  deps: ActivityDeps,
  shared: Shared,
  { input, groups }: { input: Base; groups: Message[][] },
): Promise<OpenedTask | CacheMiss> {
  const { info } = Context.current();
  deps.metrics.recordRun(shared.admission.assertCalledFromTask(info).runId);
  if (input.host !== undefined && input.host !== deps.host) return { kind: 'elsewhere' };
  const task = await shared.admission.admitOrWait(info, input);
  const messages = task && (await shared.conversations.resolve(task, input, groups));
  if (!messages) return { kind: 'needed' };
  const refusal = input.newHost && (await refusalToTake(deps, task, input.newHost));
  if (refusal) return refusal;
  return { kind: 'opened', task, messages };
}
