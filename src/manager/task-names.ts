/** The tasks that a person has given a name, from what a list knows: no request for each. */
import { taskMemoOf } from '../domain/task-memo.js';
import { listSummaries } from '../mirror/task-summaries.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { listedRuns, type RunsOfHost } from './listed-runs.js';

/** Throws what the client throws, and `workdir` when the files cannot be listed. */
export async function idsNamed(
  host: RunsOfHost & { readonly client?: TemporalClient },
  name: string,
): Promise<string[]> {
  const [{ tasks }, runs] = await Promise.all([
    listSummaries(host.paths),
    host.client && listedRuns(host.client, host),
  ]);
  const elsewhere = [...(runs?.values() ?? [])].filter(({ memo }) => taskMemoOf(memo).submission?.name === name);
  const here = tasks.filter(({ about }) => about?.name === name);
  return [...new Set([...here.map(({ id }) => id), ...elsewhere.map(({ workflowId }) => workflowId)])];
}
