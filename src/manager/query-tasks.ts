/**
 * Tasks of a namespace, from Temporal's visibility. Each memo is decoded separately: one that this client cannot
 * decode, because it has another codec, hides no other task.
 */
import { MEMO_PHASE, OPEN_TASKS } from '../domain/protocol.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { decodeWith } from './history.js';

export interface QueriedTask {
  readonly workflowId: string;
  readonly runId: string;
  /** Only what we write. Empty where it cannot be decoded. */
  readonly memo: Readonly<Record<string, unknown>>;
}

export async function* queryTasks(client: TemporalClient, query = OPEN_TASKS): AsyncGenerator<QueriedTask> {
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.listWorkflowExecutions({
      namespace: client.options.namespace,
      query,
      ...(nextPageToken ? { nextPageToken } : {}),
    });
    for (const { execution, memo } of page.executions ?? []) {
      const payload = memo?.fields?.[MEMO_PHASE];
      const [phase] = payload ? await decodeWith(client, [payload]).catch(() => []) : [];
      yield {
        workflowId: execution?.workflowId ?? '',
        runId: execution?.runId ?? '',
        memo: phase === undefined ? {} : { [MEMO_PHASE]: phase },
      };
    }
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken);
}
