/**
 * Asks the person at the terminal what happens to a task that waits at a limit: raise it by a number that they give, end the
 * task, or leave it waiting. Prompts go to stderr: stdout is for results.
 */
import { parseCount, parseDollars, parseDuration } from '../config/duration.js';
import type { LimitKind, RaisedLimits } from '../domain/control.js';
import { RookeryError } from '../domain/errors.js';
import { shortId } from '../domain/task-id.js';
import { visibleLine } from '../domain/visible.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import type { Session } from './session.js';

/** @returns false when the task was left waiting. */
export async function promptForLimit({ out }: Session, manager: BackgroundTaskManager, id: string): Promise<boolean> {
  const { isCancel, select } = await import('@clack/prompts');
  for (;;) {
    const { limit, limits } = await manager.inbox(id);
    if (!limit) return true;
    out.info(`Task ${shortId(id)} waits: ${visibleLine(limit.sentence)}`);
    const choice = await select<'raise' | 'end' | 'later'>({
      ...on,
      message: 'Raise this limit?',
      options: [
        { value: 'raise', label: 'Raise it' },
        { value: 'end', label: 'End the task' },
        { value: 'later', label: 'Decide later: the task keeps waiting' },
      ],
    });
    if (isCancel(choice) || choice === 'later') return false;
    if (choice === 'end') {
      await manager.cancel(id);
      return true;
    }
    const more = await askHowMuch(limit.kind);
    if (more === undefined) return false;
    const { name } = LIMITS[limit.kind];
    // Time has passed while the task waited: more of it counts from now.
    const from = limit.kind === 'time' ? await ageOf(manager, id) : (limits[name] ?? 0);
    const { message } = await manager.raise(id, { [name]: from + more });
    out.info(`Task ${shortId(id)}: ${message}`);
  }
}

// ---

const on = { input: process.stdin, output: process.stderr };

interface Raising {
  readonly name: keyof RaisedLimits;
  readonly question: string;
  readonly parse: (text: string, name: string) => number;
}

const LIMITS: Readonly<Record<LimitKind, Raising>> = {
  iterations: { name: 'max_iterations', question: 'By how many iterations?', parse: parseCount },
  tokens: { name: 'max_total_tokens', question: 'By how many tokens?', parse: parseCount },
  cost: { name: 'max_cost_usd', question: 'By how many US dollars?', parse: parseDollars },
  time: { name: 'max_time_ms', question: 'By how much time, from now? (30m, 2h)', parse: parseDuration },
};

/** @returns undefined when the person gave none */
async function askHowMuch(kind: LimitKind): Promise<number | undefined> {
  const { isCancel, text } = await import('@clack/prompts');
  const { question, parse } = LIMITS[kind];
  const given = await text({
    ...on,
    message: question,
    validate: (typed) => problemOf(() => parse(typed ?? '', 'This')),
  });
  return isCancel(given) ? undefined : parse(given, 'This');
}

function problemOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof RookeryError) return error.message;
    throw error;
  }
}

async function ageOf(manager: BackgroundTaskManager, id: string): Promise<number> {
  const { created_at } = await manager.status(id);
  return Math.max(0, Date.now() - Date.parse(created_at));
}
