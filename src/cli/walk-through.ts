/**
 * Goes through what waits for the person at the terminal, one after the other: an approval is decided with one key, a
 * question is answered with a number or with words. Prompts go to stderr: stdout is for results.
 */
import { shortId } from '../domain/task-id.js';
import type { VerbOutcome } from '../manager/context.js';
import { outcomeOf } from '../manager/context.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import type { Needs } from '../manager/needs.js';
import { decideByKey } from './approval-keys.js';
import { answerAtTerminal } from './question-prompt.js';
import type { Session } from './session.js';

/** @returns false when a call was left undecided. */
export async function promptForApprovals(
  session: Session,
  manager: BackgroundTaskManager,
  id: string,
): Promise<boolean> {
  const { results, isComplete } = await walkThrough(session, manager, await manager.needs(id));
  const failed = results.find(({ ok }) => !ok);
  if (failed) session.out.info(failed.message ?? 'The decision has had no effect');
  return isComplete && !failed;
}

export interface Walked {
  /** One for each decision. */
  readonly results: VerbOutcome[];
  /** False: the person left before the end. */
  readonly isComplete: boolean;
}

/** In the order of the requests. What was decided meanwhile, by a rule or by another person, is passed over. */
export async function walkThrough(
  session: Session,
  manager: BackgroundTaskManager,
  { approvals, questions }: Pick<Needs, 'approvals' | 'questions'>,
): Promise<Walked> {
  const results: VerbOutcome[] = [];
  const all = [...approvals, ...questions].sort((a, b) => a.asked - b.asked);
  for (const [n, { task, call }] of all.entries()) {
    const now = n === 0 ? { approvals, questions } : await manager.needs(task);
    const approval = now.approvals.find((one) => one.call === call && one.task === task);
    const question = now.questions.find((one) => one.call === call && one.task === task);
    if (!approval && !question) {
      session.out.info(`Call ${shortId(call)} of task ${shortId(task)} does not wait any more.`);
      continue;
    }
    if (all.length > 1) session.out.info(`${n + 1} of ${all.length}:`);
    const decide = approval
      ? await decideByKey(session, manager, approval)
      : question && (await answerAtTerminal(session, manager, question));
    if (!decide) return { results, isComplete: false };
    results.push(await outcomeOf(task, decide));
  }
  return { results, isComplete: true };
}
