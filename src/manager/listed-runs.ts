/**
 * The newest run of every task, for lists: open ones and those closed lately from visibility, the others from a cache
 * beside the files, because a server takes half a second for a thousand closed runs. A count tells whether the cache
 * still holds: retention, a late entry or another server changes it. Losing the cache costs time, never correctness.
 */
import { readFileSync } from 'node:fs';
import { hostIn, isElsewhere } from '../domain/task-memo.js';
import { closedUntil, listedSince } from '../domain/visibility-queries.js';
import { replaceTextFile } from '../files/atomic-write.js';
import type { Paths } from '../mirror/paths.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { isNewerRun, newestRuns, type QueriedTask } from './query-tasks.js';

/** Of one host, in one namespace of one server. */
export interface RunsOfHost {
  readonly paths: Paths;
  readonly here: string;
}

/**
 * By id, without closed runs whose files are here. `timeoutMs`: of each request. Throws what the client throws.
 */
export async function listedRuns(
  client: TemporalClient,
  host: RunsOfHost,
  timeoutMs?: number,
): Promise<Map<string, QueriedTask>> {
  const timeout = timeoutMs === undefined ? {} : { timeoutMs };
  const cached = isEncoded(client) ? undefined : readCache(host.paths);
  if (cached) {
    const [isCurrent, runs] = await Promise.all([
      holds(client, cached, timeoutMs),
      newestRuns(client, { query: listedSince(cached.until), ...timeout }),
    ]);
    if (isCurrent) {
      const closed = [...runs.values()].filter(({ closeTime }) => closeTime).length;
      for (const run of cached.runs) if (isNewest(run, runs)) runs.set(run.workflowId, run);
      if (closed > UNCACHED) await remember(client, host, runs);
      return shown(runs, host);
    }
  }
  const runs = await newestRuns(client, timeout);
  if (!isEncoded(client)) await remember(client, host, runs);
  return shown(runs, host);
}

// ---

/** What visibility says of a time so long ago does not change, except by deletion. */
const SETTLED_MS = 10_000;
/** So many runs more than the cached ones are asked for each time. */
const UNCACHED = 100;

interface Cache {
  /** ISO 8601. */
  readonly until: string;
  /** Runs that were closed until then, of all hosts. */
  readonly count: number;
  /** The id of one of them: another server does not have it. Absent when there is none. */
  readonly probe?: string | undefined;
  /** Of them, those whose files are not here. */
  readonly runs: readonly QueriedTask[];
}

/** What is encrypted on the server is not put on this disk as plain text. */
function isEncoded({ options }: TemporalClient): boolean {
  return (options.loadedDataConverter?.payloadCodecs.length ?? 0) > 0;
}

function isNewest(run: QueriedTask, among: ReadonlyMap<string, QueriedTask>): boolean {
  const other = among.get(run.workflowId);
  return other === undefined || isNewerRun(run, other);
}

function isShown(run: QueriedTask, { here }: RunsOfHost): boolean {
  return run.closeTime === undefined || hostIn(run.memo) === null || isElsewhere(hostIn(run.memo), { here });
}

function shown(runs: Map<string, QueriedTask>, host: RunsOfHost): Map<string, QueriedTask> {
  for (const [id, run] of runs) if (!isShown(run, host)) runs.delete(id);
  return runs;
}

async function holds(client: TemporalClient, { until, count, probe }: Cache, timeoutMs?: number): Promise<boolean> {
  const query = closedUntil(until);
  const [all, probed] = await Promise.all([
    countOf(client, query, timeoutMs),
    probe === undefined ? undefined : countOf(client, `${query} AND RunId = '${probe}'`, timeoutMs),
  ]);
  return all === count && (probed === 1 || count === 0);
}

async function countOf(client: TemporalClient, query: string, timeoutMs?: number): Promise<number> {
  const { namespace } = client.options;
  const ask = () => client.workflowService.countWorkflowExecutions({ namespace, query });
  const { count } = await (timeoutMs === undefined ? ask() : client.withDeadline(Date.now() + timeoutMs, ask));
  return Number(count ?? 0);
}

async function remember(client: TemporalClient, host: RunsOfHost, runs: ReadonlyMap<string, QueriedTask>) {
  const until = new Date(Date.now() - SETTLED_MS);
  const count = await countOf(client, closedUntil(until.toISOString()));
  const kept = [...runs.values()].filter((run) => (run.closeTime ?? Number.POSITIVE_INFINITY) <= until);
  const [first] = kept;
  const shownRuns = kept.filter((run) => isShown(run, host));
  const cache: Cache = { until: until.toISOString(), count, probe: first?.runId, runs: shownRuns };
  // On failure the next list asks for all of them again.
  await replaceTextFile(host.paths.closedRuns, JSON.stringify(cache), { sync: false }).catch(() => undefined);
}

function readCache({ closedRuns }: Paths): Cache | undefined {
  try {
    const { until, count, probe, runs } = JSON.parse(readFileSync(closedRuns, 'utf8')) as Cache;
    const date = (text: unknown): Date => new Date(String(text));
    return {
      until,
      count,
      probe,
      runs: runs.map((run) => ({ ...run, startTime: date(run.startTime), closeTime: date(run.closeTime) })),
    };
  } catch {
    return undefined;
  }
}
