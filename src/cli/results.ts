/** Prints the outcomes of a verb for several ids, and gives the exit code of all of them. */
import { visibleLine } from '../domain/visible.js';
import { outcomeOf, type VerbOutcome } from '../manager/context.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import { type ExitCode, exitOfOutcome, worst } from './exit.js';
import type { Output } from './output.js';

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
