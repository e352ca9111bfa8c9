/**
 * A client of the embedded server over its HTTP API: loading the SDK's client takes ten times as long as most commands
 * need for their answer. No codec and no TLS: those belong to a server that the user names, which the SDK's client asks.
 */
import { serverFiles } from './files.js';
import { askWithRetries, limited } from './http-requests.js';
import { type HttpAsk, parameters, workflowCalls } from './http-workflows.js';
import { bytesOf, fromProtoJson } from './proto-json.js';
import { liveState } from './state.js';
import type { HistoryPage, ListPage, ServiceCalls, TemporalClient } from './temporal-client.js';

/**
 * Finds the server of the work directory at each request. `attempts`: how often a request that the server could not take
 * is sent; as in the SDK when absent.
 */
export function httpClient(workdir: string, attempts = 10): TemporalClient {
  const files = serverFiles(workdir);
  const ask: HttpAsk = async (path, body) =>
    fromProtoJson(await askWithRetries(() => liveState(files), { path, ...(body && { body }) }, attempts)) as Awaited<
      ReturnType<HttpAsk>
    >;
  const workflowService = serviceCalls(ask);
  return {
    options: { namespace: 'default' },
    workflow: workflowCalls(ask, workflowService),
    workflowService,
    withDeadline: (deadline, work) => limited({ deadline }, work),
    withAbortSignal: (signal, work) => limited({ signal }, work),
  };
}

// ---

/** Above the server's own limit, which then applies. */
const PAGE_SIZE = 1_000;

function serviceCalls(ask: HttpAsk): ServiceCalls {
  return {
    async getWorkflowExecutionHistory(request) {
      const { execution, nextPageToken, maximumPageSize, waitNewEvent, historyEventFilterType } = request;
      const query = parameters({
        'execution.runId': execution.runId,
        nextPageToken: nextPageToken && Buffer.from(nextPageToken).toString('base64'),
        maximumPageSize,
        waitNewEvent,
        historyEventFilterType,
      });
      const page = await ask(`/workflows/${encodeURIComponent(execution.workflowId)}/history${query}`);
      return { ...page, nextPageToken: bytesOf(String(page.nextPageToken ?? '')) } as HistoryPage;
    },
    async getWorkflowExecutionHistoryReverse({ execution, maximumPageSize, nextPageToken }) {
      const token = nextPageToken && Buffer.from(nextPageToken).toString('base64');
      const query = parameters({ 'execution.runId': execution.runId, maximumPageSize, nextPageToken: token });
      const page = await ask(`/workflows/${encodeURIComponent(execution.workflowId)}/history-reverse${query}`);
      return { ...page, nextPageToken: bytesOf(String(page.nextPageToken ?? '')) } as HistoryPage;
    },
    async listWorkflowExecutions({ query, nextPageToken }) {
      const token = nextPageToken && Buffer.from(nextPageToken).toString('base64');
      const page = await ask(`/workflows${parameters({ query, pageSize: PAGE_SIZE, nextPageToken: token })}`);
      const executions = (page.executions ?? []) as ListPage['executions'];
      return { executions, nextPageToken: bytesOf(String(page.nextPageToken ?? '')) };
    },
    async countWorkflowExecutions({ query }) {
      const { count } = await ask(`/workflow-count${parameters({ query })}`);
      return { count } as Awaited<ReturnType<ServiceCalls['countWorkflowExecutions']>>;
    },
    async describeTaskQueue({ taskQueue, taskQueueType }) {
      const { pollers = [] } = await ask(
        `/task-queues/${encodeURIComponent(taskQueue.name)}${parameters({ taskQueueType })}`,
      );
      return { pollers } as Awaited<ReturnType<ServiceCalls['describeTaskQueue']>>;
    },
    async describeNamespace() {
      return (await ask('')) as Awaited<ReturnType<ServiceCalls['describeNamespace']>>;
    },
  };
}
