/**
 * Connects a verb to the server and, where tasks must run, to a worker; starts them in the background when they are not
 * running. Reports each step on stderr.
 */
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
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
import { makeDirectory } from '../files/atomic-write.js';
import { withLock } from '../files/file-lock.js';
import { isPolled } from '../manager/host-state.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import { openWorkDirectory } from '../manager/work-directory.js';
import { connectTemporal, type TemporalAddress } from '../server/connect.js';
import { runningServer, startServer } from '../server/embedded.js';
import { serverFiles } from '../server/files.js';
import { httpClient } from '../server/http-client.js';
import { repairUnfinished } from '../server/set-aside.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { ownTools } from '../tools/user-tools.js';
import { openManager, type Session, taskQueueOf } from './session.js';
import type { WebUi } from './web-ui.js';
import {
  environmentOf,
  type LaunchedWorker,
  launchWorker,
  runningWorker,
  stopWorkerProcess,
  type WorkerState,
} from './worker-process.js';
import { type Extras, extrasOf, flagsOf, lacksExtras, mergeExtras, variablesFor } from './worker-tools.js';

/** Longer than the start of a server with all its tries: a second start waits for the first. */
export const UP_WAIT_MS = 180_000;
const POLL_MS = 10;

export interface ConnectedManager {
  readonly client: TemporalClient;
  readonly manager: BackgroundTaskManager;
  readonly uiUrl: string | undefined;
  readonly namespace: string;
}

export interface RunningServer extends TemporalAddress {
  readonly uiUrl: string | undefined;
}

export interface Starting {
  /** By the repair of its database itself, which nothing else may run beside. */
  readonly repairing?: boolean;
}

/** The server, started when it is not running. */
export async function ensureServer(session: Session, how: Starting = {}): Promise<RunningServer> {
  const { dataConverter } = session;
  const found = await findServer(session, how);
  return { ...('start' in found ? await found.start() : found), dataConverter };
}

/** For a worker launched while its server starts. Throws when the process that starts the server ends. */
export async function awaitServer({ paths, dataConverter }: Session): Promise<RunningServer> {
  const starter = process.ppid;
  while (process.ppid === starter) {
    const running = await runningServer(paths.workdir);
    if (running?.complete) return { ...running, dataConverter };
    await pause(POLL_MS);
  }
  throw new RookeryError(
    'no_server',
    'The process that was starting the Temporal server exited before the server was ready',
  );
}

/** Server and manager, for verbs that only read. `client` is absent when no server runs; then the files are read. */
export async function connectReader(
  session: Session,
): Promise<{ manager: BackgroundTaskManager; client?: TemporalClient; webUi?: WebUi }> {
  const { temporal, paths } = session;
  const server = temporal.kind === 'cluster' ? await ensureServer(session) : await runningServer(paths.workdir);
  if (!server) {
    reportOffline(session);
    return { manager: await openManager(session, undefined, { local: true, create: false }) };
  }
  const client = await openClient(session, server);
  const { uiUrl, namespace } = server;
  const manager = await openManager(session, client, { local: true, create: false });
  return { client, manager, ...(uiUrl === undefined ? {} : { webUi: { uiUrl, namespace } }) };
}

export function reportOffline({ out, paths }: Session): void {
  out.info(`Temporal server not running (${paths.workdir}); showing task files only. Start it with \`rookery up -d\`.`);
}

/** Server, worker and manager, for verbs that run tasks. `provider`: the worker must have its key. */
export async function connectManager(session: Session, provider?: string): Promise<ConnectedManager> {
  const { paths } = session;
  const found = await findServer(session);
  await openWorkDirectory(paths);
  await makeDirectory(paths.side);
  const work = async (): Promise<{ server: RunningServer; client: TemporalClient; local: boolean }> => {
    // Both are started at once: the worker loads while the server starts, then waits for it.
    const early =
      'start' in found && !(await runningWorker(paths))
        ? await launch(session, { env: session.env, awaitServer: true })
        : undefined;
    try {
      const server = 'start' in found ? await found.start() : found;
      const client = await openClient(session, server);
      const local = early
        ? await awaitWorker(session, early)
        : await ensureWorker(session, client, { server, provider });
      return { server, client, local };
    } catch (error) {
      early?.abandon();
      throw error;
    }
  };
  const { server, client, local } = await withLock(paths.upLock, work, UP_WAIT_MS);
  const manager = await openManager(session, client, { local });
  return { client, manager, uiUrl: server.uiUrl, namespace: server.namespace };
}

/**
 * The embedded server is asked over HTTP: the SDK's client takes longer to load than most commands take. Only that one has
 * a codec.
 */
export async function openClient(session: Session, server: RunningServer): Promise<TemporalClient> {
  const { temporal, paths, dataConverter } = session;
  if (temporal.kind === 'embedded' && !dataConverter) return httpClient(paths.workdir);
  return connectTemporal({ ...server, dataConverter });
}

// ---

/** @returns the running server, or a function that starts or restarts one. */
async function findServer(
  session: Session,
  { repairing = false }: Starting = {},
): Promise<RunningServer | { start(): Promise<RunningServer> }> {
  const { temporal, paths, options, places, env, out } = session;
  if (temporal.kind === 'cluster') {
    const { address, namespace, connection, proxy } = temporal;
    return {
      address,
      namespace,
      connection: connection as TemporalAddress['connection'],
      uiUrl: env.ROOKERY_UI_URL,
      ...(proxy && { proxy }),
    };
  }
  const files = serverFiles(paths.workdir);
  if (!repairing && existsSync(files.repair)) throw repairUnfinished(files);
  const running = await runningServer(paths.workdir);
  if (running?.complete) return running;
  if (running && options.start === false) {
    out.info('The server is reachable from web pages, or its Web UI does not respond; `rookery up -d` fixes both.');
    return running;
  }
  if (options.start === false) {
    throw new RookeryError('no_server', `The Temporal server is not running (${paths.workdir})`, {
      hint: 'Run `rookery up -d`',
    });
  }
  const { findTemporalCli } = await import('../server/find.js');
  await openWorkDirectory(paths);
  const announce = (line: string): void => out.info(line);
  const cli = await findTemporalCli({ env, cacheDirectory: places.cache, announce });
  return { start: () => startServer({ workdir: paths.workdir, cli, announce, env }) };
}

interface Need {
  readonly server: RunningServer;
  readonly provider: string | undefined;
}

/** @returns true when a worker of this work directory runs; false when another one polls the queue. */
async function ensureWorker(session: Session, client: TemporalClient, need: Need): Promise<boolean> {
  const { paths, options, temporal } = session;
  const worker = await runningWorker(paths);
  const taskQueue = await taskQueueOf(session);
  if (worker?.taskQueue === taskQueue) return keepOrRestart(session, worker, need);
  if (temporal.kind === 'cluster') {
    const { killedWorkers } = await import('../worker/activity-tokens.js');
    const { hasEndedHere } = await import('../worker/worker-identity.js');
    const killed = await killedWorkers(paths.running);
    // The server takes a worker that was stopped or killed for a living one for another minute.
    const ended = (identity: string): boolean => killed.has(identity) || hasEndedHere(identity);
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
  return awaitWorker(session, await launch(session, { env: session.env }));
}

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
  const launched = await launch(session, { env: { ...before, ...session.env }, extras, taskQueue, codec, flags });
  return awaitWorker(session, launched);
}

interface Launching {
  readonly env: NodeJS.ProcessEnv;
  readonly awaitServer?: boolean;
  /** Default: the extras of this command. */
  readonly extras?: Extras;
  /** Of the worker that it replaces. Default: those of this command. */
  readonly taskQueue?: string;
  readonly codec?: string | null;
  readonly flags?: Readonly<Record<string, string>>;
}

async function launch(
  { paths, options, settings }: Session,
  { env, awaitServer, extras, ...before }: Launching,
): Promise<LaunchedWorker> {
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

async function awaitWorker({ paths, out }: Session, launched: LaunchedWorker): Promise<true> {
  const { pid } = await launched.ready();
  out.info(`Worker started (process ${pid}), log in ${paths.logs}/worker.log`);
  return true;
}

function keysOnly(env: NodeJS.ProcessEnv, more: readonly string[]): NodeJS.ProcessEnv {
  const names = [...Object.values(KEY_VARIABLES), OVERRIDE_KEY, ...ENDPOINT_VARIABLES, ...PROVIDER_VARIABLES, ...more];
  names.push(...Object.keys(env).filter(isOtlpVariable));
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}
