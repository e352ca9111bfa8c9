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

/** Decides the calls one after the other. Throws `usage` when nothing is named. */
export async function forEachCall(
  manager: BackgroundTaskManager,
  { words, all }: Choice,
  decide: (waiting: WaitingApproval) => Promise<VerbOutcome>,
): Promise<VerbOutcome[]> {
  if (all) return decideAll(manager, words, decide);
  if (words.length === 0)
    throw new RookeryError('usage', 'No task is named', { hint: 'Give the id of a task, or --all' });
  const { selectWaiting } = await import('../manager/approvals.js');
  const results: VerbOutcome[] = [];
  for (const { given, call } of await targetsOf(manager, words))
    results.push(
      await outcomeOf(given, async () => {
        const id = await manager.resolveId(given);
        const { approvals, questions } = await manager.needs(id);
        // A question has to be named: it is no approval.
        const waiting = call === undefined ? approvals : [...approvals, ...questions];
        return decide(selectWaiting({ id, call }, waiting, 'approval'));
      }),
    );
  return results;
}

// ---

async function decideAll(
  manager: BackgroundTaskManager,
  words: readonly string[],
  decide: (waiting: WaitingApproval) => Promise<VerbOutcome>,
): Promise<VerbOutcome[]> {
  const results: VerbOutcome[] = [];
  const ids = words.length === 0 ? [undefined] : words;
  for (const given of ids) {
    const waiting: WaitingApproval[] = [];
    const found = await outcomeOf(given ?? '', async () => {
      const id = given === undefined ? undefined : await manager.resolveId(given);
      waiting.push(...(await manager.approvals(id)));
      return { id: given ?? '', ok: true, status: null };
    });
    if (!found.ok) results.push(found);
    for (const one of waiting) results.push(await outcomeOf(one.task, () => decide(one)));
  }
  return results;
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
