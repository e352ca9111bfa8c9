/** Prints the outcomes of a verb for several ids, and gives the exit code of all of them. */
import { Option } from 'commander';
import { RookeryError } from '../domain/errors.js';
import { visibleLine } from '../domain/visible.js';
import { outcomeOf, type VerbOutcome } from '../manager/context.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import { type ExitCode, exitOfOutcome, worst } from './exit.js';
import type { Output } from './output.js';

export const ALL_OPTION = new Option('--all', 'all tasks that have not ended');

/** @returns true for `--all`. Throws `usage` unless either ids or `--all` were given. */
export function checkIdsOrAll(verb: string, ids: readonly string[], { all }: Record<string, unknown>): boolean {
  if ((all === true) !== ids.length > 0) return all === true;
  const given = all === true ? 'both ids and --all' : 'neither an id nor --all';
  throw new RookeryError('usage', `${verb} was given ${given}`, { hint: 'Give ids, or --all' });
}

export async function forEachId(
  manager: BackgroundTaskManager,
  ids: readonly string[],
  work: (id: string) => Promise<VerbOutcome>,
): Promise<VerbOutcome[]> {
  return Promise.all(ids.map((given) => outcomeOf(given, async () => work(await manager.resolveId(given)))));
}

export function printResults(out: Output, results: readonly VerbOutcome[]): ExitCode {
  if (out.json) out.value({ results });
  for (const { id, ok, status, code, message } of results) {
    const text = [status?.toLowerCase() ?? code ?? 'unknown', message].filter(Boolean).join(': ');
    if (!out.json && (ok || status !== null)) out.line(visibleLine(`${id}  ${text}`));
    else if (!ok) out.info(visibleLine(`${id}: ${message ?? code ?? 'failed'}`));
  }
  return worst(results.map(exitOfOutcome));
}
