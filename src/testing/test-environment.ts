/**
 * A worker for unit tests: runs tasks and workflows of the user to their end with a scripted model and no network but the
 * Temporal server that the test has. What it writes is in memory too, and in a directory that goes with it.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type Connection } from '@temporalio/client';
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Message } from '../domain/conversation.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { QUERIES, type TaskResult, type TranscriptAnswer, WORKFLOW_TYPE } from '../domain/protocol.js';
import type { CallOutcome } from '../domain/tool.js';
import type { TaskFile } from '../domain/wire.js';
import { BackgroundTaskManager } from '../manager/manager.js';
import type { NewTask } from '../manager/task-schema.js';
import type { Model } from '../models/model.js';
import { type Script, scriptedModel } from '../models/scripted.js';
import { type BackgroundTasksOptions, BackgroundTasksPlugin } from '../plugin.js';
import { workflowsFor } from '../worker/run-worker.js';
import { MemoryMirror } from './memory-mirror.js';

/** The part of a `TestWorkflowEnvironment` that is used. `createLocal` makes a fitting one. */
export interface TemporalEnvironment {
  readonly connection: Connection;
  readonly nativeConnection: NativeConnection;
  /** Default: `default`. */
  readonly namespace?: string;
}

export interface TestEnvironmentOptions {
  readonly env: TemporalEnvironment;
  /** What the model replies, whichever provider a task names. */
  readonly script: Script;
  /** Options of the plugin: your tools, policy, `trustedParents`. */
  readonly plugin?: Partial<BackgroundTasksOptions>;
  /** Options of the worker: `workflowsPath` of your workflows, your activities. Default: the packaged workflow alone. */
  readonly worker?: Partial<WorkerOptions>;
}

/** A tool call of a task, with its result. */
export interface TestedCall {
  readonly name: string;
  readonly args: unknown;
  /** Undefined: it has no result, because the task ended first. */
  readonly outcome: CallOutcome | undefined;
  readonly content: string | undefined;
}

/** What can be seen of a task. */
export interface TestedTask {
  readonly id: string;
  /** What its file would hold; undefined before the first write. */
  readonly file: TaskFile | undefined;
  /** In the order of the replies. */
  readonly calls: readonly TestedCall[];
  readonly messages: readonly Message[];
}

/** A task that has ended. */
export interface FinishedTask extends TestedTask {
  readonly result: TaskResult;
}

/** What `createTestEnvironment` makes. Its methods throw what the Temporal client throws. */
export interface TestEnvironment {
  /** Signs what it starts. */
  readonly client: Client;
  /** For approvals, and all else that a person does. */
  readonly manager: BackgroundTaskManager;
  readonly mirror: MemoryMirror;
  /** The queue of the worker; each environment has another. */
  readonly taskQueue: string;
  /** Where the tools of tasks work that name no workspace: an empty directory. */
  readonly workspace: string;
  /** Runs a task to its end, whichever it is. Throws for a start that was refused. */
  run(task: string | NewTask): Promise<FinishedTask>;
  /** A task by its id: one that still runs, or the agent of a workflow of yours. */
  task(id: string): Promise<TestedTask>;
  /** Stops the worker, and removes its directory. What still runs stays open on the server. */
  close(): Promise<void>;
}

/**
 * Makes the worker and starts it. Throws `RookeryError` as the plugin does, and what `Worker.create` throws. An error of
 * the script ends the task as failed.
 */
export async function createTestEnvironment(options: TestEnvironmentOptions): Promise<TestEnvironment> {
  const directory = await mkdtemp(join(tmpdir(), 'rookery-test-'));
  try {
    return await startIn(directory, options);
  } catch (error) {
    await remove(directory);
    throw error;
  }
}

// ---

async function startIn(directory: string, { env, script, plugin: more, worker }: TestEnvironmentOptions) {
  const { connection, nativeConnection, namespace = 'default' } = env;
  const mirror = new MemoryMirror();
  const workspace = join(directory, 'workspace');
  await mkdir(workspace);
  const workdir = join(directory, 'data');
  const plugin = await BackgroundTasksPlugin.create({
    workdir,
    workspace,
    sandbox: 'off',
    defaultChoice: { provider: 'demo', model: 'scripted' },
    backoffMs: 1,
    mirror,
    ...more,
    models: { keys: {}, endpoints: {}, ...more?.models, scripted: endingAtErrors(scriptedModel(script)) },
  });
  const taskQueue = worker?.taskQueue ?? `rookery-test-${randomUUID()}`;
  const { dataConverter } = worker ?? {};
  const client = new Client({ connection, namespace, plugins: [plugin], ...(dataConverter && { dataConverter }) });
  const manager = await BackgroundTaskManager.open({ workdir, client, taskQueue });
  const created = await Worker.create({
    ...(worker?.workflowsPath || worker?.workflowBundle ? {} : workflowsFor(dataConverter)),
    ...worker,
    connection: nativeConnection,
    namespace,
    taskQueue,
    plugins: [plugin, ...(worker?.plugins ?? [])],
  });
  const running = created.run();
  // A worker that fails is reported by `close`.
  running.catch(() => undefined);
  const seen = (id: string) => inspect({ client, mirror }, id);
  return {
    ...{ client, manager, mirror, taskQueue, workspace },
    async run(task: string | NewTask) {
      const workflowId = randomUUID();
      const args = [typeof task === 'string' ? { prompt: task } : task];
      const handle = await client.workflow.start(WORKFLOW_TYPE, { args, taskQueue, workflowId });
      const result = await handle.result().catch(resultOfFailure);
      return { ...(await seen(workflowId)), result: result as TaskResult };
    },
    task: seen,
    async close() {
      if (created.getState() === 'RUNNING') created.shutdown();
      await running.finally(() => remove(directory));
    },
  };
}

/** Any other error would be taken for one that a person must look at, and the task would wait. */
function endingAtErrors(model: Model): Model {
  return {
    ask: (question) =>
      model.ask(question).catch((error: unknown) => {
        if (error instanceof RookeryError || question.signal.aborted) throw error;
        throw new RookeryError('bad_request', `The script failed: ${sentenceOf(error)}`, { cause: error });
      }),
  };
}

/** A failed or cancelled task has its result in its failure. */
function resultOfFailure(error: unknown): TaskResult {
  const { details = [] } = Object((error as { cause?: unknown }).cause) as { details?: readonly unknown[] };
  const [result] = details;
  if (typeof result === 'object' && result !== null && 'iterations' in result) return result as TaskResult;
  throw error;
}

async function inspect(
  { client, mirror }: Pick<TestEnvironment, 'client' | 'mirror'>,
  id: string,
): Promise<TestedTask> {
  const { messages } = await client.workflow.getHandle(id).query<TranscriptAnswer>(QUERIES.transcript);
  return { id, file: mirror.task(id), calls: callsIn(messages), messages };
}

function callsIn(messages: readonly Message[]): TestedCall[] {
  const results = new Map(messages.flatMap((message) => (message.role === 'tool' ? [[message.call, message]] : [])));
  return messages.flatMap((message) => {
    const calls = message.role === 'assistant' ? (message.calls ?? []) : [];
    return calls.map(({ id, name, args }) => {
      const result = results.get(id);
      return { name, args, outcome: result?.outcome, content: result?.content };
    });
  });
}

/** A tool that was killed may still close a file. */
function remove(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true, maxRetries: 3 });
}
