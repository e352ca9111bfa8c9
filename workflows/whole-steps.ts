/**
 * Keeps a query from splitting a step of a workflow. A query that waited for a worker brings events of a workflow task that
 * has not begun, and the SDK applies them at once; what comes with that task it applies after them. A replay has all of
 * them in one step, with the signals first, and would find other commands: the task would never run again. So such a query
 * fails, the worker forgets the run, and the workflow task finds the whole history.
 */
import { type WorkflowInternalsInterceptor, workflowInfo } from '@temporalio/workflow';
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';
import { ASK_AGAIN } from '../src/domain/protocol.js';

/** How the SDK calls the queue of `Worker.runReplayHistory`. */
const REPLAY_QUEUE = 'fake_replay_queue';

/** Where a step stands in the history, as the SDK says it. */
export interface HistoryPlace {
  readonly now: number;
  readonly historyLength: number;
  readonly historySize: number;
}

/** For the run of the calling workflow, from its next step. Called once in each run. */
export function keepStepsWhole(): void {
  // In a replay of a history that is still open, nothing follows its last events.
  if (workflowInfo().taskQueue.startsWith(REPLAY_QUEUE)) return;
  // An interceptor that is given to the worker would be missing where a user bundles the workflow.
  getActivator().interceptors.internals.unshift(wholeSteps(placeOfStep));
}

/** @param placeOf of the current step */
export function wholeSteps(placeOf: () => HistoryPlace): WorkflowInternalsInterceptor {
  let last = placeOf();
  return {
    activate(input, next) {
      if (!input.activation.jobs?.every(({ queryWorkflow }) => queryWorkflow)) {
        const place = placeOf();
        if (isBeforeTask(last, place)) throw new Error(ASK_AGAIN);
        last = place;
      }
      next(input);
    },
  };
}

// ---

function placeOfStep(): HistoryPlace {
  const { historyLength, historySize } = workflowInfo();
  return { now: Date.now(), historyLength, historySize };
}

/** Time and size are those of the last workflow task that has begun, although there are more events. */
function isBeforeTask(last: HistoryPlace, { now, historyLength, historySize }: HistoryPlace): boolean {
  return historyLength > last.historyLength && now === last.now && historySize === last.historySize;
}
