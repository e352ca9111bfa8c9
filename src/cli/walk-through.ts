/**
 * Goes through what waits for the person at the terminal, one after the other: an approval is decided with one key, a
 * question is answered with a number or with words. Prompts go to stderr: stdout is for results.
 */
import { shortId } from '../domain/task-id.js';
import type { WaitingApproval } from '../manager/approvals.js';
import { outcomeOf, type VerbOutcome } from '../manager/context.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import { type Needs, undecidedOf } from '../manager/needs.js';
import { decisionByKey } from './approval-keys.js';
import { sendDecision } from './approval-prompt.js';
import { answerAtTerminal } from './question-prompt.js';
import type { Session } from './session.js';

/** @returns false when a call was left undecided. */
export async function promptForApprovals(
  session: Session,
  manager: BackgroundTaskManager,
  id: string,
): Promise<boolean> {
  const { results, isComplete } = await walkThrough(session, manager, undecidedOf(await manager.needs(id)));
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

/**
 * In the order of the requests. What was decided meanwhile, by a rule or by another person, is passed over.
 */
export async function walkThrough(
  session: Session,
  manager: BackgroundTaskManager,
  { approvals, questions }: Pick<Needs, 'approvals' | 'questions'>,
): Promise<Walked> {
  const { out } = session;
  const walk = { session, manager, covered: new Set<string>() };
  const results: VerbOutcome[] = [];
  const all = [...approvals, ...questions].sort((a, b) => a.asked - b.asked);
  for (const [n, { task, call }] of all.entries()) {
    const now = n === 0 ? { approvals, questions } : undecidedOf(await manager.needs(task));
    const isSame = (one: { task: string; call: string }): boolean => one.call === call && one.task === task;
    const approval = now.approvals.find(isSame);
    const question = now.questions.find(isSame);
    if (!approval && !question) {
      out.info(`Call ${shortId(call)} of task ${shortId(task)} does not wait any more.`);
      continue;
    }
    if (all.length > 1) out.info(`${n + 1} of ${all.length}:`);
    const asked = approval
      ? await decide(walk, approval)
      : question && (await answerAtTerminal(session, manager, question));
    if (asked === undefined) return { results, isComplete: false };
    if (asked !== 'covered') results.push(await outcomeOf(task, asked));
  }
  return { results, isComplete: true };
}

// ---

interface Walk {
  readonly session: Session;
  readonly manager: BackgroundTaskManager;
  /** What was remembered on this walk. */
  readonly covered: Set<string>;
}

/** @returns `covered` for a call that a rule of this walk lets run; undefined when the person left */
async function decide(
  { session, manager, covered }: Walk,
  waiting: WaitingApproval,
): Promise<(() => Promise<VerbOutcome>) | 'covered' | undefined> {
  const { rememberable } = await import('../worker/remember-rule.js');
  const rule = await rememberable(waiting);
  const whole = `every ${waiting.tool}`;
  if (covered.has(rule.text) || covered.has(whole)) {
    session.out.info(`Call ${shortId(waiting.call)} is covered by the rule that was remembered.`);
    return 'covered';
  }
  const request = await decisionByKey(session, manager, { waiting, rule });
  if (request?.always) covered.add(request.always === 'any' ? whole : rule.text);
  return request && (() => sendDecision(session, manager, waiting, request));
}
