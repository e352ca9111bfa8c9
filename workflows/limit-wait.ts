/**
 * What happens at a limit: the task fails, or waits durably until a person raises the limit, holding no worker slot. It
 * continues from the same iteration then.
 */
import { condition, workflowInfo } from '@temporalio/workflow';
import { howToRaise, type LimitProblem, raiseOption } from '../src/domain/reached-limit.js';
import type { TaskState } from '../src/domain/task.js';
import { whilePausedAtLimit } from './pause.js';
import { updateSearchAttributes } from './search-attributes.js';
import { writeWait, writeWaitOver } from './task-memo.js';
import type { TaskRun } from './task-state.js';
import { tell } from './tell.js';
import type { Waiter } from './waiter.js';

/** `again`: the loop looks at the limits again. */
export type AtLimit = TaskState | 'moved' | 'again';

/** Checks whether the task is at a limit. @returns undefined when it is not */
export function atLimit(waiter: Waiter): TaskState | Promise<AtLimit> | undefined {
  const { run, control } = waiter;
  const reached = run.reached;
  if (!reached) return undefined;
  // A raise may be among what was sent.
  if (control.isVerifying) return control.verified().then(() => 'again');
  return run.input.on_limit === 'ask' ? waitForRaise(waiter, reached) : { kind: 'failed', error: reached.sentence };
}

// ---

async function waitForRaise(waiter: Waiter, reached: LimitProblem): Promise<AtLimit> {
  const { run, control, mustMove } = waiter;
  const { kind, sentence } = reached;
  const since = control.limit?.sentence === sentence ? control.limit.since : Date.now();
  control.limit = { kind, sentence, since };
  const isReached = (): boolean => run.reached?.sentence === sentence;
  let isTold = false;
  for (;;) {
    if (control.haltsWaits && (await whilePausedAtLimit(waiter)) === 'moved') return 'moved';
    if (!isReached()) break;
    show(waiter, reached, isTold);
    isTold = true;
    if (mustMove()) return 'moved';
    await condition(() => !isReached() || mustMove() || control.haltsWaits);
    if (control.haltsWaits) continue;
    if (isReached()) return 'moved';
  }
  control.limit = null;
  if (run.phase === 'waiting_limit') leave(run);
  return 'again';
}

function show({ run, mirroring }: Waiter, reached: LimitProblem, isTold: boolean): void {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const { kind, limit, sentence } = reached;
  const reason = howToRaise(workflowId, reached);
  mirroring.flush();
  if (run.phase === 'waiting_limit' && run.reason === reason) return;
  run.show('waiting_limit', reason);
  writeWait(run, 'waiting_limit', reason);
  updateSearchAttributes(run, 'Waiting');
  if (isTold) return;
  const id = `${firstExecutionRunId}/limit/${kind}/${limit}`;
  tell(run, { type: 'needs_you', id, need: 'limit', reason: sentence, raise: raiseOption(reached) });
}

function leave(run: TaskRun): void {
  run.show('thinking', null);
  writeWaitOver();
  updateSearchAttributes(run, 'Running');
}
