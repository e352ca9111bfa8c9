/**
 * The tasks that come from a task: those that Temporal knows, each of which names its source itself, and those that were
 * made on this host, whose workflows may be gone, or have had no reply yet.
 */

import { taskMemoOf } from '../domain/task-memo.js';
import { childrenQuery } from '../domain/visibility-queries.js';
import { type Child, childrenOf } from '../mirror/children.js';
import type { TemporalClient } from '../server/temporal-client.js';
import type { ManagerContext } from './context.js';
import { newestRuns } from './query-tasks.js';

/** Oldest first, as far as their order is known. */
export async function allChildrenOf({ client, paths }: ManagerContext, id: string): Promise<Child[]> {
  const [noted, found] = await Promise.all([childrenOf(paths, id), client ? childrenIn(client, id) : []]);
  const known = new Set(noted.map((child) => child.id));
  return [...noted, ...found.filter((child) => !known.has(child.id))];
}

// ---

const TIMEOUT_MS = 3_000;

/** Empty where the search attribute is not registered, and when the server does not answer in time. */
async function childrenIn(client: TemporalClient, id: string): Promise<Child[]> {
  const query = childrenQuery(id);
  const runs = await newestRuns(client, { query, timeoutMs: TIMEOUT_MS }).catch(() => undefined);
  const oldestFirst = [...(runs?.values() ?? [])].sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  return oldestFirst.flatMap(({ workflowId, memo }) => {
    const { from } = taskMemoOf(memo);
    return from?.id === id ? [{ id: workflowId, kind: from.kind, iteration: from.iteration }] : [];
  });
}
