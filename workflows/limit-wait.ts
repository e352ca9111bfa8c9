/**
 * What happens at a limit: the task fails, or waits durably until a person raises the limit, holding no worker slot. It
 * continues from the same iteration then.
 */
import { condition, workflowInfo } from '@temporalio/workflow';
import { howToRaise, type LimitProblem, raiseOption } from '../src/domain/reached-limit.js';
import type { TaskState } from '../src/domain/task.js';
import type { Waiter } from './person-wait.js';
import { updateSearchAttributes } from './search-attributes.js';
import { writeWait, writeWaitOver } from './task-memo.js';
import { tell } from './tell.js';

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

async function waitForRaise({ run, control, mirroring, mustMove }: Waiter, reached: LimitProblem): Promise<AtLimit> {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const { kind, limit, sentence } = reached;
  const since = control.limit?.sentence === sentence ? control.limit.since : Date.now();
  control.limit = { kind, sentence, since };
  const reason = howToRaise(workflowId, reached);
  mirroring.flush();
  if (run.phase !== 'waiting_limit' || run.reason !== reason) {
    run.show('waiting_limit', reason);
    writeWait(run, 'waiting_limit', reason);
    updateSearchAttributes(run, 'Waiting');
    const id = `${firstExecutionRunId}/limit/${kind}/${limit}`;
    tell(run, { type: 'needs_you', id, need: 'limit', reason: sentence, raise: raiseOption(reached) });
  }
  if (mustMove()) return 'moved';
  await condition(() => run.reached?.sentence !== sentence || mustMove());
  if (run.reached?.sentence === sentence) return 'moved';
  control.limit = null;
  run.show('thinking', null);
  writeWaitOver();
  updateSearchAttributes(run, 'Running');
  return 'again';
}
