/**
 * The worker of a verb that runs tasks: found, started in the background, or replaced by one that has what the verb needs.
 */
import { isOtlpVariable } from '../config/otlp.js';
import {
  ENDPOINT_VARIABLES,
  KEY_VARIABLES,
  OVERRIDE_KEY,
  PROVIDER_VARIABLES,
  usableProviders,
} from '../config/providers.js';
import { workerFlags } from '../config/worker-settings.js';
import { RookeryError } from '../domain/errors.js';
import { endedWorkers } from '../files/running-notes.js';
import { isPolled } from '../manager/host-state.js';
import type { TemporalAddress } from '../server/connect.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { ownTools } from '../tools/user-tools.js';
import { type Session, taskQueueOf } from './session.js';
import {
  environmentOf,
  type LaunchedWorker,
  launchWorker,
  runningWorker,
  stopWorkerProcess,
  type WorkerState,
} from './worker-process.js';
import { type Extras, extrasOf, flagsOf, lacksExtras, mergeExtras, variablesFor } from './worker-tools.js';
import { checkGivenWorkspace } from './workspace-check.js';

export interface Need {
  readonly server: TemporalAddress;
  readonly provider: string | undefined;
}

/** @returns true when a worker of this work directory runs; false when another one polls the queue. */
export async function ensureWorker(session: Session, client: TemporalClient, need: Need): Promise<boolean> {
  const { paths, options, temporal } = session;
  const worker = await runningWorker(paths);
  const taskQueue = await taskQueueOf(session);
  if (worker?.taskQueue === taskQueue) return keepOrRestart(session, worker, need);
  if (temporal.kind === 'cluster') {
    // The server takes a worker that was stopped or killed for a living one for another minute.
    const ended = await endedWorkers(paths.running);
    if (await isPolled(client, taskQueue, { ended })) return false;
  }
  if (worker) {
    const polls = `The worker of ${paths.workdir} polls task queue '${worker.taskQueue}', not '${taskQueue}'`;
    throw new RookeryError('environment', polls, {
      hint: `Stop it with \`rookery down\`, leave out --task-queue, or use another --workdir`,
    });
  }
  if (options.start === false) {
    throw new RookeryError('no_server', 'No worker is running', { hint: 'Run `rookery up -d` or `rookery worker`' });
  }
  return awaitWorker(session, await launchWithExtras(session, { env: session.env }));
}

export interface Launching {
  readonly env: NodeJS.ProcessEnv;
  readonly awaitServer?: boolean;
  /** Default: the extras of this command. */
  readonly extras?: Extras;
  /** Of the worker that it replaces. Default: those of this command. */
  readonly taskQueue?: string;
  readonly codec?: string | null;
  readonly flags?: Readonly<Record<string, string>>;
}

/** Starts one in the background, without waiting for it. */
export async function launchWithExtras(
  { paths, options, settings }: Session,
  { env, awaitServer, extras, ...before }: Launching,
): Promise<LaunchedWorker> {
  checkGivenWorkspace({ settings });
  // Loaded in this process, so that errors appear in its output and not in a log.
  await ownTools((extras ?? extrasOf(settings)).tools);
  const { local, acceptUnsigned } = options;
  const taskQueue = settings.task_queue.value ?? before.taskQueue;
  const codec = settings.codec.value ?? before.codec;
  return launchWorker(paths, env, [
    ...flagsOf(extras ?? extrasOf(settings)),
    ...Object.entries({ ...before.flags, ...workerFlags(settings) }).flat(),
    ...(taskQueue ? ['--task-queue', taskQueue] : []),
    ...(codec ? ['--codec', codec] : []),
    ...(local ? ['--local'] : []),
    ...(acceptUnsigned ? ['--accept-unsigned'] : []),
    ...(awaitServer ? ['--await-server'] : []),
  ]);
}

export async function awaitWorker({ paths, out }: Session, launched: LaunchedWorker): Promise<true> {
  const { pid } = await launched.ready();
  out.info(`Worker started (process ${pid}), log in ${paths.logs}/worker.log`);
  return true;
}

// ---

/** Drains and restarts the worker when it lacks a key or tool of this command, or is connected to another server. */
async function keepOrRestart(session: Session, worker: WorkerState, { server, provider }: Need): Promise<true> {
  const { out, settings, env, options } = session;
  const otherServer = worker.address !== server.address || worker.namespace !== server.namespace;
  const usable = usableProviders(settings, env);
  const lacksKey =
    provider !== undefined && !worker.providers.includes(provider) && usable.some((name) => name === provider);
  const wanted = extrasOf(settings);
  // Verbs that only read a task need no tools.
  const runsTasks = provider !== undefined || options.mcp !== undefined || options.tools !== undefined;
  const lacksTools = runsTasks && lacksExtras(worker.extras, wanted);
  const otherCodec = settings.codec.value !== undefined && settings.codec.value !== worker.codec;
  if (options.start === false || !(otherServer || otherCodec || lacksKey || lacksTools)) return true;
  // Checked before the running worker is stopped.
  checkGivenWorkspace(session);
  await ownTools(wanted.tools);
  if (otherServer) out.info('Restarting the worker: it is connected to another server.');
  else if (otherCodec) out.info('Restarting the worker with the codec.');
  else if (lacksKey) out.info(`Restarting the worker with the key for ${provider}.`);
  else out.info('Restarting the worker with the requested tools.');
  const extras = mergeExtras(worker.extras, wanted);
  const { secret_env } = settings.notify.value.webhook ?? {};
  const variables = [...variablesFor(extras), ...(secret_env === undefined ? [] : [secret_env])];
  const before = keysOnly(await environmentOf(worker), variables);
  await stopWorkerProcess(session.paths);
  const { taskQueue, codec, flags } = worker;
  const launched = await launchWithExtras(session, {
    env: { ...before, ...session.env },
    extras,
    taskQueue,
    codec,
    flags,
  });
  return awaitWorker(session, launched);
}

function keysOnly(env: NodeJS.ProcessEnv, more: readonly string[]): NodeJS.ProcessEnv {
  const names = [...Object.values(KEY_VARIABLES), OVERRIDE_KEY, ...ENDPOINT_VARIABLES, ...PROVIDER_VARIABLES, ...more];
  names.push(...Object.keys(env).filter(isOtlpVariable));
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}
