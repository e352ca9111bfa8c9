/**
 * The state of tasks that a list would call working: neither their files nor their memo say that no worker polls, that their
 * host is gone, or that a try has failed. Only the newest ones that no other host has are looked at, because each costs a request.
 */
import { isElsewhere } from '../domain/task-memo.js';
import type { Online } from './context.js';
import { describe } from './describe-workflow.js';
import { isOpenRun } from './open-workflow.js';
import { changedAt } from './standstill.js';
import { isWorking, type StatusDetail } from './status-object.js';
import { describedState } from './workflow-state.js';

/** `tasks`: newest first. What cannot be asked stays as it is. */
export async function withWorkingStates<T extends Listed>(context: Online, tasks: readonly T[]): Promise<T[]> {
  const asked = tasks.filter(({ detail }) => isWorking(detail) && !isElsewhere(detail.host, context)).slice(0, MOST);
  const find = async ({ id }: T) => [id, await stateOf(context, id).catch(() => undefined)] as const;
  const states = new Map(await Promise.all(asked.map(find)));
  return tasks.map((task) => {
    const state = states.get(task.id);
    return state ? { ...task, detail: { ...task.detail, ...state } } : task;
  });
}

// ---

interface Listed {
  readonly id: string;
  readonly detail: StatusDetail;
}

/** More than one worker runs at a time. */
const MOST = 20;

type State = Pick<StatusDetail, 'phase' | 'reason' | 'attempt'>;

async function stateOf({ client, paths, stalledMs }: Online, id: string): Promise<State | undefined> {
  const at = await describe(client, id);
  if (!at || !isOpenRun(at)) return undefined;
  const state = await describedState(client, at, { movement: { changed: changedAt(paths, id), stalledMs } });
  // Its next step has begun, or is about to.
  return state.phase === 'queued' && state.reason === null ? undefined : state;
}
