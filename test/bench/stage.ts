/** One peer at work: a fresh server, one worker process, a client. Starts tasks; measures nothing. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { TASK_QUEUE, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { BackgroundTasksPlugin } from '../../src/plugin.js';
import { workerStart } from '../../src/worker/process-settings.js';
import type { BareServer } from '../support/bare-server.js';
import { type Child, startChild } from './children.js';
import { type Flags, startServer } from './servers.js';
import { CONTENT, FILE, modelOf, PROMPT, type Work } from './work.js';

/** The names of the peers' workflows. */
export type Peer = 'rookery' | 'bare' | 'bareWithAdapter' | 'bareTwo' | 'official';

/** What every section of the benchmark is given. */
export interface Common {
  readonly rounds: number;
  /** A directory of the benchmark's own. */
  readonly scratch: string;
  readonly modelUrl: string;
  readonly modelPid: number;
  /** What the peers offer the model, as the protocol has it. */
  readonly tools: readonly unknown[];
  /** Measure what depends on the machine's speed at half of it too. */
  readonly half: boolean;
  /** File of the peers' workflow bundle. */
  readonly bundle: string;
  readonly announce: (line: string) => void;
}

export interface StageOptions extends Pick<Common, 'scratch' | 'modelUrl' | 'bundle' | 'tools'> {
  readonly peer: Peer;
  readonly flags: Flags;
  /** Passed on to Rookery's plugin. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface Stage {
  readonly client: Client;
  readonly server: BareServer;
  readonly worker: Child;
  readonly workdir: string;
  start(work: Work): Promise<WorkflowHandle>;
  /** One task to its end; its id. */
  run(work: Work): Promise<string>;
  /** One more worker, or one in the place of a killed one. */
  spawnWorker(): Promise<Child>;
  close(): Promise<void>;
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const root = join(options.scratch, `${options.peer}-${randomUUID().slice(0, 8)}`);
  const workspace = join(root, 'workspace');
  const workdir = join(root, 'data');
  await mkdir(workspace, { recursive: true });
  await writeFile(join(workspace, FILE), CONTENT);
  const server = await startServer(options.flags, join(root, 'server'));
  const connection = await Connection.connect({ address: server.address });
  const plugin = await BackgroundTasksPlugin.create({ workdir, workspace });
  const client = new Client({ connection, plugins: options.peer === 'rookery' ? [plugin] : [] });
  const children: Child[] = [];
  const spawnWorker = async (): Promise<Child> => {
    const place = { address: server.address, workspace };
    const worker =
      options.peer === 'rookery'
        ? await startChild(
            './worker-main.js',
            [JSON.stringify({ ...place, workdir, ...options.settings })],
            workerStart(process.env),
          )
        : await startChild('./peers/worker-main.js', [JSON.stringify({ ...place, ...peerSettings(options) })]);
    children.push(worker);
    return worker;
  };
  return {
    client,
    server,
    workdir,
    worker: await spawnWorker(),
    spawnWorker,
    start: (work) => start(client, options, work),
    async run(work) {
      const handle = await start(client, options, work);
      await handle.result();
      return handle.workflowId;
    },
    async close() {
      await connection.close();
      await Promise.all(children.map((child) => child.kill()));
      await server.stop();
      await rm(resolve(root), { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

// ---

const QUEUE = 'bench';

function peerSettings({ peer, modelUrl, bundle, tools }: StageOptions): Readonly<Record<string, unknown>> {
  return { peer, endpoint: modelUrl, bundle, taskQueue: QUEUE, tools };
}

function start(client: Client, { peer, modelUrl }: StageOptions, work: Work): Promise<WorkflowHandle> {
  const workflowId = randomUUID();
  const given = { prompt: PROMPT, model: modelOf(work) };
  if (peer !== 'rookery') return client.workflow.start(peer, { workflowId, taskQueue: QUEUE, args: [given] });
  const chosen = { provider: 'litellm', endpoint: modelUrl, endpoint_origin: 'user' };
  const limits = { max_iterations: 100_000, max_total_tokens: 1e12 };
  const allow = work.tool === 'unsafe' ? { allow: ['shell'] } : {};
  return client.workflow.start(WORKFLOW_TYPE, {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [{ ...given, ...chosen, ...allow, limits }],
  });
}
