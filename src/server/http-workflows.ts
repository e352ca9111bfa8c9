/** The calls of workflows over the HTTP API of the embedded server, with the answers of the SDK's client. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { encodedPayload, type JsonPayload, valueOfPayload } from './json-payloads.js';
import { dateOf, statusName } from './proto-json.js';
import type {
  ServiceCalls,
  TaskHandle,
  WorkflowCalls,
  WorkflowDescription,
  WorkflowStart,
  WorkflowSummary,
} from './temporal-client.js';
import { workflowResult } from './workflow-result.js';

/** The answer to a request, in the shapes of the protocol. `body` absent: a GET. */
export type HttpAsk = (path: string, body?: object) => Promise<Readonly<Record<string, unknown>>>;

export function workflowCalls(ask: HttpAsk, service: ServiceCalls): WorkflowCalls {
  return {
    getHandle: (workflowId, runId) => handleOf({ ask, service }, workflowId, runId),
    list: ({ query }) => listed(service, query),
    async start(workflowType, options) {
      const { runId, firstExecutionRunId = runId } = await ask(
        `/workflows/${encodeURIComponent(options.workflowId)}`,
        startBody(workflowType, options),
      );
      return { firstExecutionRunId: String(firstExecutionRunId) };
    },
    async signalWithStart(workflowType, { signal, signalArgs, ...options }) {
      const { runId } = await ask(
        `/workflows/${encodeURIComponent(options.workflowId)}/signal-with-start/${encodeURIComponent(signal)}`,
        { ...startBody(workflowType, options), signalInput: { payloads: signalArgs.map(encodedPayload) } },
      );
      return { signaledRunId: String(runId) };
    },
  };
}

/** A query string without the values that are not given. */
export function parameters(values: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  return query.size > 0 ? `?${query}` : '';
}

// ---

interface Info {
  readonly execution: { readonly workflowId: string; readonly runId: string };
  readonly status: string;
  readonly taskQueue?: string;
  readonly historyLength?: string;
  readonly historySizeBytes?: string;
  readonly startTime: unknown;
  readonly closeTime?: unknown;
  readonly memo?: { readonly fields?: Readonly<Record<string, JsonPayload>> };
}

async function* listed(service: ServiceCalls, query: string): AsyncGenerator<WorkflowSummary> {
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await service.listWorkflowExecutions({
      namespace: 'default',
      query,
      ...(nextPageToken && { nextPageToken }),
    });
    for (const info of (page.executions ?? []) as unknown as Info[]) yield summaryOf(info);
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken);
}

function handleOf(
  { ask, service }: { readonly ask: HttpAsk; readonly service: ServiceCalls },
  workflowId: string,
  runId: string | undefined,
): TaskHandle {
  const path = `/workflows/${encodeURIComponent(workflowId)}`;
  const execution = { workflowId, ...(runId === undefined ? {} : { runId }) };
  return {
    async describe() {
      const raw = await ask(`${path}${parameters({ 'execution.runId': runId })}`);
      return { ...summaryOf(raw.workflowExecutionInfo as Info), raw: withActivityStates(raw) };
    },
    result: () => workflowResult(service, execution),
    async query<T>(name: string) {
      const { queryResult } = await ask(`${path}/query/${encodeURIComponent(name)}`, { execution });
      return first(queryResult) as T;
    },
    async signal(name, argument) {
      const input = { payloads: [encodedPayload(argument)] };
      await ask(`${path}/signal/${encodeURIComponent(name)}`, { workflowExecution: execution, input, ...sender() });
    },
    cancel: () => ask(`${path}/cancel`, { workflowExecution: execution, ...sender() }),
  };
}

function startBody(
  workflowType: string,
  options: Omit<WorkflowStart, 'workflowIdConflictPolicy'> & Partial<WorkflowStart>,
): object {
  const { taskQueue, args, workflowIdReusePolicy, workflowIdConflictPolicy, memo, staticSummary } = options;
  return {
    workflowType: { name: workflowType },
    taskQueue: { name: taskQueue },
    input: { payloads: args.map(encodedPayload) },
    workflowIdReusePolicy: `WORKFLOW_ID_REUSE_POLICY_${workflowIdReusePolicy}`,
    ...(workflowIdConflictPolicy && {
      workflowIdConflictPolicy: `WORKFLOW_ID_CONFLICT_POLICY_${workflowIdConflictPolicy}`,
    }),
    memo: { fields: Object.fromEntries(Object.entries(memo).map(([name, value]) => [name, encodedPayload(value)])) },
    userMetadata: { summary: encodedPayload(staticSummary) },
    ...sender(),
  };
}

/** The server carries out a repeated request with the same id once. */
function sender(): { readonly identity: string; readonly requestId: string } {
  return { identity: `${process.pid}@${hostname()}`, requestId: randomUUID() };
}

function summaryOf(info: Info): WorkflowSummary {
  const { execution, status, taskQueue = '', historyLength, historySizeBytes, memo } = info;
  const closeTime = dateOf(info.closeTime);
  return {
    ...execution,
    taskQueue,
    status: { name: statusName(status) },
    historyLength: Number(historyLength ?? 0),
    historySize: Number(historySizeBytes ?? 0),
    startTime: dateOf(info.startTime) ?? new Date(Number.NaN),
    ...(closeTime && { closeTime }),
    memo: Object.fromEntries(
      Object.entries(memo?.fields ?? {}).map(([name, payload]) => [name, valueOfPayload(payload)]),
    ),
  };
}

const ACTIVITY_STATES = ['UNSPECIFIED', 'SCHEDULED', 'STARTED', 'CANCEL_REQUESTED', 'PAUSED', 'PAUSE_REQUESTED'];

/** The numbers of the protocol for the states of pending activities. */
function withActivityStates(raw: Readonly<Record<string, unknown>>): WorkflowDescription['raw'] {
  const pending = (raw.pendingActivities ?? []) as { readonly state?: string }[];
  const pendingActivities = pending.map((activity) => ({
    ...activity,
    state: ACTIVITY_STATES.indexOf(String(activity.state).replace('PENDING_ACTIVITY_STATE_', '')),
  }));
  return { ...raw, pendingActivities } as WorkflowDescription['raw'];
}

function first(payloads: unknown): unknown {
  const [payload] = (payloads as { readonly payloads?: JsonPayload[] } | undefined)?.payloads ?? [];
  return payload && valueOfPayload(payload);
}
