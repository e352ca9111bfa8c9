/**
 * Tasks of a namespace, from Temporal's visibility. Each memo is decoded separately: one that this client cannot
 * decode, because it has another codec, hides no other task.
 */
import { MEMO_PHASE } from '../domain/protocol.js';
import { SEARCH_ATTRIBUTES } from '../domain/search.js';
import { MEMO_FROM, MEMO_HOST, MEMO_PROGRESS, MEMO_TASK } from '../domain/task-memo.js';
import { ALL_TASKS, OPEN_TASKS } from '../domain/visibility-queries.js';
import { valueOfPayload } from '../server/json-payloads.js';
import { dateOf, statusName } from '../server/proto-json.js';
import type { ListPage, TemporalClient } from '../server/temporal-client.js';
import { decodeWith } from './history.js';

export interface QueriedTask {
  readonly workflowId: string;
  readonly runId: string;
  readonly taskQueue: string;
  /** As the client of the SDK spells it. */
  readonly status: string;
  readonly startTime: Date;
  /** Absent while it is open. */
  readonly closeTime?: Date;
  /** By its search attribute, where that is registered. */
  readonly model: string | null;
  /** Only what we write, as far as it can be decoded. */
  readonly memo: Readonly<Record<string, unknown>>;
  /** It has a memo of ours that this client cannot decode. */
  readonly encoded: boolean;
}

export interface TaskQuery {
  /** Default: the tasks that have not ended. */
  readonly query?: string;
  /** Of each page. Default: that of the client. */
  readonly timeoutMs?: number;
}

export async function* queryTasks(client: TemporalClient, options: TaskQuery = {}): AsyncGenerator<QueriedTask> {
  const { query = OPEN_TASKS, timeoutMs } = options;
  let nextPageToken: Uint8Array | undefined;
  do {
    const request = {
      namespace: client.options.namespace,
      query,
      ...(nextPageToken ? { nextPageToken } : {}),
    };
    const ask = () => client.workflowService.listWorkflowExecutions(request);
    const page = await (timeoutMs === undefined ? ask() : client.withDeadline(Date.now() + timeoutMs, ask));
    for (const row of page.executions ?? []) {
      const closeTime = dateOf(row.closeTime);
      yield {
        workflowId: row.execution?.workflowId ?? '',
        runId: row.execution?.runId ?? '',
        taskQueue: row.taskQueue ?? '',
        status: statusName(row.status),
        startTime: dateOf(row.startTime) ?? new Date(Number.NaN),
        ...(closeTime && { closeTime }),
        model: modelOf(row),
        ...(await memoOf(client, row)),
      };
    }
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken);
}

/** Every task of the namespace by its id: its open run, else its last one. */
export async function newestRuns(client: TemporalClient, options: TaskQuery = {}): Promise<Map<string, QueriedTask>> {
  const newest = new Map<string, QueriedTask>();
  for await (const task of queryTasks(client, { query: ALL_TASKS, ...options })) {
    const known = newest.get(task.workflowId);
    if (!known || isNewerRun(task, known)) newest.set(task.workflowId, task);
  }
  return newest;
}

/** An open run is the newest one. */
export function isNewerRun(a: QueriedTask, b: QueriedTask): boolean {
  if ((a.closeTime === undefined) !== (b.closeTime === undefined)) return a.closeTime === undefined;
  return a.startTime > b.startTime;
}

// ---

type Row = NonNullable<ListPage['executions']>[number];

const KEYS = [MEMO_PHASE, MEMO_TASK, MEMO_HOST, MEMO_PROGRESS, MEMO_FROM] as const;

/** Search attributes have no codec. */
function modelOf({ searchAttributes }: Row): string | null {
  const payload = searchAttributes?.indexedFields?.[SEARCH_ATTRIBUTES.model.name];
  const model = payload ? valueOfPayload(payload) : null;
  return typeof model === 'string' ? model : null;
}

async function memoOf(client: TemporalClient, { memo }: Row): Promise<Pick<QueriedTask, 'memo' | 'encoded'>> {
  const decoded: Record<string, unknown> = {};
  let encoded = false;
  for (const key of KEYS) {
    const payload = memo?.fields?.[key];
    if (!payload) continue;
    try {
      [decoded[key]] = await decodeWith(client, [payload]);
    } catch {
      encoded = true;
    }
  }
  return { memo: decoded, encoded };
}
