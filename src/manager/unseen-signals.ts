/**
 * What clients have sent to a task and its workflow has not taken yet, because no worker runs. A workflow keeps a bounded
 * number of messages until they are verified: a message that might not be among them is refused here, before it has a
 * receipt. The workflow keeps four times as many, for those that are sent at the same moment.
 */
import { RookeryError } from '../domain/errors.js';
import { SIGNALS } from '../domain/protocol.js';
import { fileNameOf } from '../domain/task-id.js';
import type { TemporalClient, WorkflowDescription } from '../server/temporal-client.js';
import type { Online } from './context.js';
import type { HistoryEvent } from './history.js';

/** Throws `wrong_status` when the task takes no more of it before a worker runs. */
export async function refuseWhenFull({ client }: Online, at: WorkflowDescription): Promise<void> {
  // Without one, the workflow has taken all that was sent.
  if (!at.raw.pendingWorkflowTask) return;
  let count = 0;
  let bytes = 0;
  for await (const { workflowExecutionSignaledEventAttributes: signal } of unseenEvents(client, at)) {
    if (!KEPT.has(signal?.signalName ?? '')) continue;
    count++;
    bytes += (signal?.input?.payloads ?? []).reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
    if (count >= MOST || bytes >= MOST_BYTES) throw full(at.workflowId, count);
  }
}

// ---

const MOST = 128;
const MOST_BYTES = 1024 * 1024;
/** Events may be large. */
const PAGE_SIZE = 25;

const KEPT: ReadonlySet<string> = new Set([SIGNALS.message, SIGNALS.withdraw, SIGNALS.unpause, SIGNALS.raise]);

/** The last one first. */
async function* unseenEvents(client: TemporalClient, at: WorkflowDescription): AsyncGenerator<HistoryEvent> {
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: client.options.namespace,
      execution: { workflowId: at.workflowId, runId: at.runId },
      maximumPageSize: PAGE_SIZE,
      ...(nextPageToken ? { nextPageToken } : {}),
    });
    for (const event of page.history?.events ?? []) {
      if (event.workflowTaskCompletedEventAttributes) return;
      yield event;
    }
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken);
}

function full(id: string, count: number): RookeryError {
  return new RookeryError(
    'wrong_status',
    `Task '${id}' takes no more messages before a worker runs: ${count} or more wait already`,
    {
      hint: `Run \`rookery up -d\`, then send it again; \`rookery status ${fileNameOf(id)}\` says why none works on it`,
    },
  );
}
