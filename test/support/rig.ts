/**
 * Everything that a task needs, in one process: a namespace, a work directory, a scripted model and a worker. Starts tasks
 * as any client with the plugin does, and looks at them from all sides.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { inject } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import {
  QUERIES,
  type StatusAnswer,
  TASK_QUEUE,
  type TaskInput,
  type TaskResult,
  type TranscriptAnswer,
  WORKFLOW_TYPE,
} from '../../src/domain/protocol.js';
import type { Checkpoint, TaskFile } from '../../src/domain/wire.js';
import { askWorkflow } from '../../src/manager/ask-workflow.js';
import { queryTasks } from '../../src/manager/query-tasks.js';
import { type Paths, pathsOf } from '../../src/mirror/paths.js';
import { type BackgroundTasksOptions, BackgroundTasksPlugin } from '../../src/plugin.js';
import { CHANNEL_ARGS } from '../../src/server/connect.js';
import { stopWorker } from '../../src/worker/stop-worker.js';
import { type Book, type ModelScript, openBook } from './book.js';
import type { LoggedRequest } from './llm-server.js';
import { makeNamespace } from './namespaces.js';
import { quiet } from './quiet.js';

export interface RigOptions {
  /** Default: the server that all tests share. */
  readonly address?: string;
  /** Default: one of its own. */
  readonly namespace?: string;
  readonly plugin?: Partial<BackgroundTasksOptions>;
  /** False: the test starts workers itself. */
  readonly worker?: boolean;
  readonly book?: Book;
  /** Default: `rookery`. */
  readonly taskQueue?: string;
  /** Of the workers, and of the clients as far as they know it. */
  readonly given?: Pick<WorkerOptions, 'dataConverter' | 'plugins' | 'activities' | 'workerDeploymentOptions'>;
}

export interface RunningWorker {
  stop(): Promise<void>;
}

export interface Rig {
  readonly address: string;
  readonly namespace: string;
  readonly connection: Connection;
  /** Signs. */
  readonly client: Client;
  /** Any client without the plugin: it signs nothing. */
  readonly plain: Client;
  readonly plugin: BackgroundTasksPlugin;
  readonly paths: Paths;
  readonly workspace: string;
  readonly book: Book;
  startWorker(options?: { readonly bundle?: string; readonly given?: RigOptions['given'] }): Promise<RunningWorker>;
  start(script: ModelScript, input?: Partial<TaskInput>, id?: string): Promise<Task>;
  /** A task that was started in another way. */
  task(id: string, model?: string): Task;
  stop(): Promise<void>;
}

export interface Task {
  readonly id: string;
  readonly model: string;
  readonly handle: WorkflowHandle;
  requests(): readonly LoggedRequest[];
  result(): Promise<TaskResult>;
  /** The failure of the execution, as `handle.result()` throws it, without its wrapper. */
  failure(): Promise<Error & { type?: string; details?: unknown[] }>;
  file(): TaskFile;
  checkpoint(): Checkpoint | undefined;
  status(): Promise<StatusAnswer>;
  transcript(): Promise<readonly Message[]>;
}

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  quiet();
  const address = options.address ?? inject('temporal').address;
  const connection = await Connection.connect({ address, channelArgs: CHANNEL_ARGS });
  const namespace = options.namespace ?? (await makeNamespace(connection));
  const root = await mkdtemp(join(tmpdir(), 'rookery-rig-'));
  const workspace = join(root, 'workspace');
  await mkdir(workspace);
  const settings = {
    workdir: join(root, 'data'),
    workspace,
    backoffMs: 50,
    env: process.env,
    sandbox: 'off' as const,
    defaultChoice: { provider: 'demo', model: 'demo' } as const,
    ...options.plugin,
  };
  const plugin = await BackgroundTasksPlugin.create(settings);
  const { taskQueue = TASK_QUEUE, given = {} } = options;
  const { dataConverter } = given;
  const client = new Client({ connection, namespace, plugins: [plugin], ...(dataConverter && { dataConverter }) });
  const book = options.book ?? (await openBook());
  const paths = pathsOf(settings.workdir);
  const workers: RunningWorker[] = [];
  const task = (id: string, model = ''): Task => lookAt({ id, model, client, paths, book });
  const rig: Rig = {
    address,
    namespace,
    connection,
    client,
    plain: new Client({ connection, namespace }),
    plugin,
    paths,
    workspace: settings.workspace,
    book,
    task,
    async startWorker({ bundle, given: own = given } = {}) {
      const first = workers.length === 0 ? plugin : await BackgroundTasksPlugin.create(settings);
      const worker = await runInProcess({
        ...{ address, namespace, plugin: first, bundle: bundle ?? inject('bundle') },
        ...{ taskQueue, given: own },
      });
      workers.push(worker);
      return worker;
    },
    async start(script, input = {}, id = randomUUID()) {
      const model = book.add(script);
      const chosen = { provider: 'litellm', model, endpoint: book.url, endpoint_origin: 'user' as const };
      const args = [{ prompt: 'Do what the script says.', ...chosen, ...input }];
      await client.workflow.start(WORKFLOW_TYPE, { args, taskQueue, workflowId: id });
      return task(id, model);
    },
    async stop() {
      await terminateAll(client);
      await book.close();
      await Promise.all(workers.map((worker) => worker.stop()));
      await connection.close();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  if (options.worker !== false) await rig.startWorker();
  return rig;
}

// ---

interface InProcess {
  readonly address: string;
  readonly namespace: string;
  readonly plugin: BackgroundTasksPlugin;
  readonly bundle: string;
  readonly taskQueue: string;
  readonly given: NonNullable<RigOptions['given']>;
}

async function runInProcess({
  address,
  namespace,
  plugin,
  bundle,
  taskQueue,
  given,
}: InProcess): Promise<RunningWorker> {
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle: { codePath: bundle },
    ...given,
    plugins: [plugin, ...(given.plugins ?? [])],
  });
  const running = worker.run();
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await stopWorker(worker, running);
    await running;
    await connection.close();
  };
  return {
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function terminateAll(client: Client): Promise<void> {
  for await (const { workflowId } of queryTasks(client, { query: "ExecutionStatus = 'Running'" })) {
    await client.workflow
      .getHandle(workflowId)
      .terminate('the test is over')
      .catch(() => undefined);
  }
}

interface Subject {
  readonly id: string;
  readonly model: string;
  readonly client: Client;
  readonly paths: Paths;
  readonly book: Book;
}

function lookAt({ id, model, client, paths, book }: Subject): Task {
  const handle = client.workflow.getHandle(id);
  return {
    id,
    model,
    handle,
    requests: () => book.requestsOf(model),
    result: () => handle.result() as Promise<TaskResult>,
    failure: () =>
      handle.result().then(
        () => {
          throw new Error('the execution did not fail');
        },
        (error: { cause?: Error }) => (error.cause ?? error) as Error,
      ),
    file: () => JSON.parse(readFileSync(paths.task(id), 'utf8')) as TaskFile,
    checkpoint: () => {
      const path = paths.checkpoint(id);
      return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Checkpoint) : undefined;
    },
    status: () => askWorkflow<StatusAnswer>(client, handle, QUERIES.status),
    transcript: async () => (await askWorkflow<TranscriptAnswer>(client, handle, QUERIES.transcript)).messages,
  };
}
