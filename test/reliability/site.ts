/**
 * One embedded server, one worker, and tasks that work with an unsafe tool: processes that may be killed at any moment, and
 * what there is to see of them.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { TASK_QUEUE, type TaskInput, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { type Paths, pathsOf } from '../../src/mirror/paths.js';
import { BackgroundTasksPlugin } from '../../src/plugin.js';
import { CHANNEL_ARGS } from '../../src/server/connect.js';
import { type EmbeddedServer, startServer, stopServer } from '../../src/server/embedded.js';
import { choosePorts } from '../../src/server/ports.js';
import { killAfterDeath } from '../support/after-death.js';
import { type LlmRequest, type LoggedRequest, type ScriptReply, startLlmServer } from '../support/llm-server.js';
import { testCli } from '../support/own-server.js';
import { spawnWorker, type WorkerProcess } from '../support/worker-process.js';

export type Victims = 'worker' | 'server' | 'both';

export interface SiteOptions {
  /** A directory of this site alone. */
  readonly root: string;
  /** Of the files of the tasks. Default: in `root`. */
  readonly workdir?: string;
  /** Of the embedded server. Default: in `root`. */
  readonly serverDirectory?: string;
  readonly sandbox: 'auto' | 'off';
  /** After so many events the server suggests a new run. Default: the server's own. */
  readonly eventsPerRun?: number;
  readonly script: (request: LlmRequest) => ScriptReply;
}

export interface Site {
  readonly paths: Paths;
  readonly workspace: string;
  readonly client: Client;
  readonly manager: BackgroundTaskManager;
  /** In the order of their start. */
  readonly tasks: readonly string[];
  readonly requests: readonly LoggedRequest[];
  /** Each task talks to a model of its own name. */
  modelOf(task: string): string;
  readonly workerPid: number | undefined;
  /** Called when the model is asked. */
  onRequest: () => void;
  start(input?: Partial<TaskInput>): Promise<string>;
  /** kill -9, without waiting for anything. */
  kill(victims: Victims): void;
  /** Starts again what is dead. */
  revive(): Promise<void>;
  unfinished(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openSite(options: SiteOptions): Promise<Site> {
  const { root, script, sandbox } = options;
  const directories = { workdir: join(root, 'data'), serverDirectory: join(root, 'server'), ...options };
  const { workdir, serverDirectory } = directories;
  const workspace = join(root, 'workspace');
  for (const directory of [workspace, workdir, serverDirectory]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  killAfterDeath(root);
  let running: EmbeddedServer | undefined = await startEmbedded(serverDirectory, root, options.eventsPerRun);
  const { address } = running;
  const answer = (request: LlmRequest): ScriptReply => {
    site.onRequest();
    return script(request);
  };
  const names: string[] = [];
  const model = await startLlmServer(answer, { models: () => names });
  const connection = await Connection.connect({ address, channelArgs: CHANNEL_ARGS });
  const plugin = await BackgroundTasksPlugin.create({ workdir, workspace });
  const client = new Client({ connection, plugins: [plugin] });
  const manager = await BackgroundTaskManager.open({ workdir, client });
  const place = { address, namespace: 'default', workdir, workspace, sandbox };
  let worker: WorkerProcess | undefined = await spawnWorker(place);
  const tasks: string[] = [];
  const ended = new Set<string>();
  const models = new Map<string, string>();
  const chosen = { provider: 'litellm', endpoint: model.url, endpoint_origin: 'user' as const };
  const site: Site = {
    paths: pathsOf(workdir),
    ...{ workspace, client, manager, tasks, requests: model.requests, onRequest: () => undefined },
    modelOf: (task) => models.get(task) ?? '',
    get workerPid() {
      return worker?.pid;
    },
    async start(input = {}) {
      const workflowId = randomUUID();
      const name = `scripted-${names.length}`;
      names.push(name);
      models.set(workflowId, name);
      const args = [{ prompt: 'Do what the script says.', model: name, ...chosen, ...input }];
      await patiently(() =>
        client.workflow.start(WORKFLOW_TYPE, { args, taskQueue: TASK_QUEUE, workflowId }).catch((error) => {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        }),
      );
      tasks.push(workflowId);
      return workflowId;
    },
    kill(victims) {
      if (victims !== 'worker' && running) {
        process.kill(running.pid, 'SIGKILL');
        running = undefined;
      }
      if (victims !== 'server') {
        worker?.signal('SIGKILL');
        worker = undefined;
      }
    },
    async revive() {
      running ??= await startEmbedded(serverDirectory, root, options.eventsPerRun);
      worker ??= await spawnWorker(place);
    },
    async unfinished() {
      const open = tasks.filter((id) => !ended.has(id));
      for (const id of open) {
        const { status } = await patiently(() => client.workflow.getHandle(id).describe());
        if (status.name !== 'RUNNING') ended.add(id);
      }
      return open.filter((id) => !ended.has(id));
    },
    async close() {
      await worker?.kill();
      await model.close();
      await connection.close();
      await stopServer(serverDirectory);
    },
  };
  return site;
}

/** Again until it succeeds: the server may just be dead. */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === PATIENCE) throw error;
      await pause(200);
    }
  }
}

// ---

const PATIENCE = 300;

/** On the ports of its first start, with the data of the one before. */
async function startEmbedded(workdir: string, root: string, events: number | undefined): Promise<EmbeddedServer> {
  const { frontend, ui } = await choosePorts([]);
  const found = await testCli();
  const cli = events === undefined ? found : { ...found, path: withFlag(root, found.path, events) };
  const wishes = { preferredPort: frontend, preferredUiPort: ui };
  return startServer({ workdir, cli, env: process.env, announce: () => undefined, ...wishes });
}

/** The embedded server takes no flags of a user: a program in the place of the CLI adds this one. */
function withFlag(root: string, cli: string, events: number): string {
  const path = join(root, 'temporal-with-short-runs');
  const flag = `--dynamic-config-value limit.historyCount.suggestContinueAsNew=${events}`;
  writeFileSync(path, `#!/bin/sh\nexec '${cli}' "$@" ${flag}\n`);
  chmodSync(path, 0o755);
  return path;
}
