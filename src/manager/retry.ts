/** Retries tasks that failed or were cancelled, from their last good iteration. */
import { type ManagerContext, outcomeOf, type VerbOutcome } from './context.js';
import { type Continued, type ContinueOptions, continueEnded } from './continue.js';
import { overview } from './list.js';

export type RetryOptions = Omit<ContinueOptions, 'text'>;

export async function retry(context: ManagerContext, id: string, options: RetryOptions = {}): Promise<VerbOutcome> {
  const continued = await continueEnded(context, id, options);
  if (continued === 'running')
    return { id, ok: true, status: 'Running', code: 'running', message: 'it is already running' };
  return { id, ok: true, status: 'Running', message: sentenceOn(continued) };
}

/** Every task whose status is `Failed`; the error of one is its outcome. */
export async function retryFailed(context: ManagerContext, options: RetryOptions = {}): Promise<VerbOutcome[]> {
  const { tasks } = await overview(context);
  const outcomes: VerbOutcome[] = [];
  for (const { id, status } of tasks) {
    if (status === 'Failed') outcomes.push(await outcomeOf(id, () => retry(context, id, options)));
  }
  return outcomes;
}

// ---

function sentenceOn({ from, lost }: Continued): string {
  return `continues from iteration ${from.iteration}${lost === null ? '' : `; ${lost}`}`;
}
