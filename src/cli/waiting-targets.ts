/**
 * Which waiting calls the words of `approve` and `deny` mean: tasks, each with calls of it behind it or alone, or all. A
 * target that fails is an outcome of its own, and the others are carried out, in order.
 */
import { Option } from 'commander';
import { RookeryError } from '../domain/errors.js';
import type { WaitingApproval } from '../manager/approvals.js';
import { outcomeOf, type VerbOutcome } from '../manager/context.js';
import type { BackgroundTaskManager } from '../manager/manager.js';

export const ALL_CALLS_OPTION = new Option('--all', 'every call that waits: of these tasks, or of all');

/** A task, and one of its calls. */
interface Target {
  readonly given: string;
  /** Absent: the only one that waits. */
  readonly call?: string;
}

export interface Choice {
  readonly words: readonly string[];
  readonly all: boolean;
}

/** Decides the calls one after the other, as they wait now. Throws `usage` when nothing is named. */
export async function forEachCall(
  manager: BackgroundTaskManager,
  { words, all }: Choice,
  decide: (waiting: WaitingApproval) => Promise<VerbOutcome>,
): Promise<VerbOutcome[]> {
  if (!all && words.length === 0)
    throw new RookeryError('usage', 'No task is named', { hint: 'Give the id of a task, or --all' });
  // All of them are found first: a rule that the first one leaves may release the others.
  const found = all ? await everyCall(manager, words) : await namedCalls(manager, words);
  const results: VerbOutcome[] = [];
  for (const one of found) results.push('ok' in one ? one : await outcomeOf(one.task, () => decide(one)));
  return results;
}

// ---

/** The waiting calls, and an outcome for each word that means none. */
type Found = (WaitingApproval | VerbOutcome)[];

async function everyCall(manager: BackgroundTaskManager, words: readonly string[]): Promise<Found> {
  const { isUndecided } = await import('../manager/undecided.js');
  const callsOf = async (id?: string) => (await manager.approvals(id)).filter(isUndecided);
  if (words.length === 0) return callsOf();
  const found = await Promise.all(
    words.map((given) => foundOr(given, async () => callsOf(await manager.resolveId(given)))),
  );
  return found.flat();
}

async function namedCalls(manager: BackgroundTaskManager, words: readonly string[]): Promise<Found> {
  const { selectWaiting } = await import('../manager/approvals.js');
  const targets = await targetsOf(manager, words);
  const found = targets.map(({ given, call }) =>
    foundOr(given, async () => {
      const id = await manager.resolveId(given);
      const { approvals, questions } = await manager.needs(id);
      // A question has to be named: it is no approval.
      const waiting = call === undefined ? approvals : [...approvals, ...questions];
      return [selectWaiting({ id, call }, waiting, 'approval')];
    }),
  );
  return (await Promise.all(found)).flat();
}

async function foundOr(given: string, find: () => Promise<WaitingApproval[]>): Promise<Found> {
  const found: WaitingApproval[] = [];
  const outcome = await outcomeOf(given, async () => {
    found.push(...(await find()));
    return { id: given, ok: true, status: null };
  });
  return outcome.ok ? found : [outcome];
}

async function targetsOf(manager: BackgroundTaskManager, words: readonly string[]): Promise<Target[]> {
  const targets: Target[] = [];
  let task: string | undefined;
  for (const word of words) {
    // Of two words the second is a call unless it is a task: its error says which call is missing.
    if (
      task !== undefined &&
      ((await isCallOf(manager, task, word)) || (words.length === 2 && !(await isTask(manager, word))))
    ) {
      // The task alone was its place.
      if (targets.at(-1)?.given === task && targets.at(-1)?.call === undefined) targets.pop();
      targets.push({ given: task, call: word });
      continue;
    }
    task = word;
    targets.push({ given: word });
  }
  return targets;
}

async function isCallOf(manager: BackgroundTaskManager, given: string, word: string): Promise<boolean> {
  const calls = await manager
    .resolveId(given)
    .then((id) => manager.needs(id))
    .catch(() => undefined);
  return [...(calls?.approvals ?? []), ...(calls?.questions ?? [])].some(({ call }) => call.startsWith(word));
}

async function isTask(manager: BackgroundTaskManager, word: string): Promise<boolean> {
  return manager.resolveId(word).then(
    () => true,
    () => false,
  );
}
