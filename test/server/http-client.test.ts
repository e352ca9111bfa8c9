/** The client over the HTTP API gives what the SDK's client gives, on the same server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter as converter } from '@temporalio/common';
import { afterAll, beforeAll, expect, describe as group, test } from 'vitest';
import { describe } from '../../src/manager/describe-workflow.js';
import { timeOf, values } from '../../src/manager/history.js';
import { endingOf } from '../../src/manager/workflow-ending.js';
import { startedEvent } from '../../src/manager/workflow-start.js';
import { GRPC, grpcCode } from '../../src/server/connect.js';
import { httpClient } from '../../src/server/http-client.js';
import type { TemporalClient, WorkflowSummary } from '../../src/server/temporal-client.js';
import { type OwnServer, startOwnServer } from '../support/own-server.js';
import { until } from '../support/until.js';

const QUEUE = 'test';
const POLL_MS = 60_000;
/** Looks like a payload and a time of the protocol, and is neither. */
const INPUT = { metadata: { encoding: 'anNvbg==' }, startTime: '2026-01-01T00:00:00Z', text: 'größer → 日本 \u0000' };

let workdir: string;
let server: OwnServer;
let sdk: Client;
let http: TemporalClient;

beforeAll(async () => {
  workdir = await mkdtemp(join(tmpdir(), 'rookery-http-'));
  server = await startOwnServer({ workdir });
  sdk = new Client({ connection: await Connection.connect({ address: server.address }) });
  http = httpClient(workdir);
});
afterAll(async () => {
  await sdk.connection.close();
  await server.stop();
  await rm(workdir, { recursive: true, force: true, maxRetries: 3 });
});

const started = (workflowId: string, policy: 'USE_EXISTING' | 'FAIL' = 'FAIL') =>
  http.workflow.start('test', {
    workflowId,
    taskQueue: QUEUE,
    args: [INPUT],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: policy,
    memo: { note: { text: 'a memo' } },
    staticSummary: 'a line',
  });

type Command = NonNullable<
  Parameters<Client['workflowService']['respondWorkflowTaskCompleted']>[0]['commands']
>[number];

/** Answers the next workflow task, as a worker would. */
async function answer(command: Command): Promise<void> {
  const { taskToken } = await sdk.withDeadline(Date.now() + POLL_MS, () =>
    sdk.workflowService.pollWorkflowTaskQueue({
      namespace: 'default',
      taskQueue: { name: QUEUE },
      identity: 'test',
    }),
  );
  await sdk.workflowService.respondWorkflowTaskCompleted({ namespace: 'default', taskToken, commands: [command] });
}

const payloads = (value: unknown) => ({ payloads: [converter.toPayload(value)] });
const seen = ({
  workflowId,
  runId,
  taskQueue,
  status,
  historyLength,
  historySize,
  startTime,
  closeTime,
}: WorkflowSummary) => ({
  workflowId,
  runId,
  taskQueue,
  status: status.name,
  historyLength,
  historySize,
  startTime,
  closeTime,
});
const both = <T>(ask: (client: TemporalClient) => Promise<T>): Promise<[T, T]> => Promise.all([ask(http), ask(sdk)]);

test('starts a workflow, and describes it and its history', async () => {
  const { firstExecutionRunId } = await started('one');
  const [ours, theirs] = await both((client) => client.workflow.getHandle('one').describe());
  expect(seen(ours)).toEqual(seen(theirs));
  expect(ours.runId).toBe(firstExecutionRunId);
  expect(ours.raw.workflowExecutionInfo?.firstRunId).toBe(firstExecutionRunId);
  const [first, same] = await both((client) => startedEvent(client, ours));
  expect(values(first?.input)).toEqual([INPUT]);
  expect(values(same?.input)).toEqual([INPUT]);
});

test('reads a history page by page', async () => {
  await started('pages');
  await http.workflow.getHandle('pages').signal('note', { text: 'a' });
  const [ours, theirs] = await both(async (client) => {
    const events: [string, string, unknown[]][] = [];
    let nextPageToken: Uint8Array | undefined;
    do {
      const page = await client.workflowService.getWorkflowExecutionHistory({
        namespace: 'default',
        execution: { workflowId: 'pages' },
        maximumPageSize: 1,
        ...(nextPageToken && { nextPageToken }),
      });
      for (const event of page.history?.events ?? [])
        events.push([
          String(event.eventId),
          timeOf(event),
          values(event.workflowExecutionSignaledEventAttributes?.input),
        ]);
      nextPageToken = page.nextPageToken;
    } while (nextPageToken.length > 0);
    return events;
  });
  expect(ours).toEqual(theirs);
  expect(ours.at(-1)?.[2]).toEqual([{ text: 'a' }]);
});

test('lists what a query finds, with memos', async () => {
  await sdk.workflow.start('test', { workflowId: 'memo', taskQueue: QUEUE, memo: { phase: { a: [1, null] } } });
  await started('listed');
  const query = "WorkflowId = 'memo' OR WorkflowId = 'listed'";
  const found = async (client: TemporalClient) => {
    const all: WorkflowSummary[] = [];
    for await (const one of client.workflow.list({ query })) all.push(one);
    return all.map(({ workflowId, memo }) => ({ workflowId, memo }));
  };
  await until(async () => (await found(sdk)).length === 2, { what: 'both are listed' });
  const [ours, theirs] = await both(found);
  expect(ours).toEqual(theirs.map(({ memo = {}, ...rest }) => ({ ...rest, memo })));
});

group('an end', () => {
  const outcome = { status: 'failed', iterations: 3, error: 'no more' };
  const ends: readonly (readonly [string, Command])[] = [
    ['COMPLETED', { completeWorkflowExecutionCommandAttributes: { result: payloads({ result: 'a', iterations: 1 }) } }],
    [
      'FAILED',
      {
        failWorkflowExecutionCommandAttributes: {
          failure: { message: 'no more', applicationFailureInfo: { type: 'TaskFailed', details: payloads(outcome) } },
        },
      },
    ],
    ['CANCELLED', { cancelWorkflowExecutionCommandAttributes: { details: payloads(outcome) } }],
  ];

  test.each(ends)('%s', async (name, command) => {
    // Of a queue with open tasks the next task would be another workflow's.
    for (const id of ['one', 'pages', 'memo', 'listed'])
      await sdk.workflow
        .getHandle(id)
        .terminate()
        .catch(() => undefined);
    await started(name);
    if (name === 'CANCELLED') await http.workflow.getHandle(name).cancel();
    const waited = http.workflow
      .getHandle(name)
      .result()
      .catch(() => undefined);
    await answer({ commandType: COMMANDS[name] ?? 0, ...command });
    await waited;
    const [ours, theirs] = await both(async (client) => {
      const at = await describe(client, name);
      return at && endingOf(client, at);
    });
    expect(ours).toEqual(theirs);
    expect((await describe(http, name))?.status.name).toBe(name);
  });
});

test('a workflow that is not there, or is there already, has the codes of the protocol', async () => {
  expect(await describe(http, 'nowhere')).toBeUndefined();
  const { firstExecutionRunId } = await started('twice');
  expect(await started('twice', 'USE_EXISTING')).toEqual({ firstExecutionRunId });
  expect(grpcCode(await started('twice').catch((error) => error))).toBe(GRPC.alreadyExists);
});

test('a request ends at its deadline and with its signal', async () => {
  await started('open');
  const wait = () => http.workflow.getHandle('open').result();
  const late = await http.withDeadline(Date.now() + 300, wait).catch((error) => error);
  expect(grpcCode(late)).toBe(GRPC.deadline);
  const stop = new AbortController();
  const waiting = http.withAbortSignal(stop.signal, wait);
  await pause(0);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

test('the pollers of a queue', async () => {
  const request = { namespace: 'default', taskQueue: { name: QUEUE }, taskQueueType: 1 } as const;
  const [ours, theirs] = await both((client) => client.workflowService.describeTaskQueue(request));
  expect(ours.pollers?.map(({ identity }) => identity)).toEqual(theirs.pollers?.map(({ identity }) => identity));
  expect(Number(ours.pollers?.[0]?.lastAccessTime?.seconds)).toBe(Number(theirs.pollers?.[0]?.lastAccessTime?.seconds));
});

test('a client finds its server again after a restart, and says when none runs', async () => {
  await server.stop();
  const gone = await httpClient(workdir, 1)
    .workflow.getHandle('open')
    .describe()
    .catch((error) => error);
  expect(grpcCode(gone)).toBe(GRPC.unavailable);
  const found = http.workflow.getHandle('open').describe();
  server = await startOwnServer({ workdir });
  expect((await found).status.name).toBe('RUNNING');
});

// ---

const COMMANDS: Readonly<Record<string, number>> = { COMPLETED: 4, FAILED: 5, CANCELLED: 7 };
