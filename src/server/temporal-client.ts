/**
 * The part of a Temporal client that the manager uses. The SDK's `Client` has it; the HTTP client of the embedded server
 * has it in the same shapes, and is loaded in a tenth of the time.
 */
import type { Client, WorkflowExecutionDescription, WorkflowExecutionInfo } from '@temporalio/client';
import type { PayloadDecoder } from '../domain/decode-payloads.js';
import type { JsonPayload } from './json-payloads.js';

export interface TemporalClient {
  /** `loadedDataConverter` absent: payloads are those of the SDK's default converter, without a codec. */
  readonly options: { readonly namespace: string; readonly loadedDataConverter?: PayloadDecoder<JsonPayload> };
  readonly workflow: WorkflowCalls;
  readonly workflowService: ServiceCalls;
  withDeadline<T>(deadline: number, work: () => Promise<T>): Promise<T>;
  withAbortSignal<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export interface WorkflowCalls {
  getHandle(workflowId: string, runId?: string): TaskHandle;
  list(options: { readonly query: string }): AsyncIterable<WorkflowSummary>;
  start(workflowType: string, options: WorkflowStart): Promise<{ readonly firstExecutionRunId: string }>;
  /** One request: no worker gets the workflow before the signal. An open one gets the signal alone. */
  signalWithStart(workflowType: string, options: SignalledStart): Promise<{ readonly signaledRunId: string }>;
}

/** Answers and requests in the shapes of the protocol. */
export interface ServiceCalls {
  getWorkflowExecutionHistory(request: HistoryRequest): Promise<HistoryPage>;
  /** The last event first. */
  getWorkflowExecutionHistoryReverse(request: LastEventsRequest): Promise<HistoryPage>;
  listWorkflowExecutions(request: ListRequest): Promise<ListPage>;
  countWorkflowExecutions(request: CountRequest): Promise<CountAnswer>;
  describeTaskQueue(request: PollersRequest): Promise<PollersAnswer>;
  describeNamespace(request: NamespaceRequest): Promise<NamespaceAnswer>;
}

export interface TaskHandle {
  describe(): Promise<WorkflowDescription>;
  /** Waits for the end, over continue-as-new. Throws an error whose cause is the failure. */
  result(): Promise<unknown>;
  query<T>(name: string): Promise<T>;
  signal(name: string, argument: unknown): Promise<void>;
  cancel(): Promise<unknown>;
}

export type WorkflowSummary = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'taskQueue' | 'historyLength' | 'historySize' | 'startTime' | 'closeTime' | 'memo'
> & { readonly status: { readonly name: string } };

export type WorkflowDescription = WorkflowSummary & {
  readonly raw: Pick<
    WorkflowExecutionDescription['raw'],
    'pendingActivities' | 'pendingWorkflowTask' | 'workflowExecutionInfo'
  >;
};

export interface WorkflowStart {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly args: [unknown];
  readonly workflowIdReusePolicy: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE';
  readonly workflowIdConflictPolicy: 'USE_EXISTING' | 'FAIL';
  readonly memo: Record<string, unknown>;
  readonly staticSummary: string;
}

/** The server takes no conflict policy with a signal. */
export type SignalledStart = Omit<WorkflowStart, 'workflowIdConflictPolicy'> & {
  readonly signal: string;
  readonly signalArgs: [unknown];
};

export interface HistoryRequest {
  readonly namespace: string;
  readonly execution: { readonly workflowId: string; readonly runId?: string };
  readonly nextPageToken?: Uint8Array;
  readonly maximumPageSize?: number;
  readonly waitNewEvent?: boolean;
  /** 2: only the event that closes the run. */
  readonly historyEventFilterType?: 2;
}

export interface LastEventsRequest {
  readonly namespace: string;
  readonly execution: { readonly workflowId: string; readonly runId: string };
  readonly maximumPageSize: number;
  readonly nextPageToken?: Uint8Array;
}

export interface ListRequest {
  readonly namespace: string;
  readonly query: string;
  readonly nextPageToken?: Uint8Array;
}

export interface CountRequest {
  readonly namespace: string;
  readonly query: string;
}

export interface PollersRequest {
  readonly namespace: string;
  readonly taskQueue: { readonly name: string };
  /** 1: of workflows, 2: of activities. */
  readonly taskQueueType: 1 | 2;
}

export interface NamespaceRequest {
  readonly namespace: string;
}

export type HistoryPage = Pick<
  Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>,
  'history' | 'nextPageToken'
>;

export type ListPage = Pick<
  Awaited<ReturnType<Client['workflowService']['listWorkflowExecutions']>>,
  'executions' | 'nextPageToken'
>;

export type CountAnswer = Pick<Awaited<ReturnType<Client['workflowService']['countWorkflowExecutions']>>, 'count'>;

export type PollersAnswer = Pick<Awaited<ReturnType<Client['workflowService']['describeTaskQueue']>>, 'pollers'>;

export interface NamespaceAnswer {
  readonly namespaceInfo?: { readonly id?: string | null } | null;
}
