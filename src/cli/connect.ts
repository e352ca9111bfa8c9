/**
 * Connects a verb to the server and, where tasks must run, to a worker; starts them in the background when they are not
 * running. Reports each step on stderr.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { ENDPOINT_VARIABLES, KEY_VARIABLES, OVERRIDE_KEY, usableProviders } from '../config/providers.js';
import { RookeryError } from '../domain/errors.js';
import { TASK_QUEUE } from '../domain/protocol.js';
import { makeDirectory } from '../files/atomic-write.js';
import { withLock } from '../files/file-lock.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import { openWorkDirectory } from '../manager/work-directory.js';
import { connectTemporal, type TemporalAddress } from '../server/connect.js';
import { runningServer, startServer } from '../server/embedded.js';
import { ownTools } from '../tools/user-tools.js';
import { openManager, type Session } from './session.js';
import {
  environmentOf,
  type LaunchedWorker,
  launchWorker,
  livingWorker,
  stopWorkerProcess,
  type WorkerNote,
} from './worker-process.js';
import { both, type Extras, extrasOf, flagsOf, lacks as lacksExtras, variablesFor } from './worker-tools.js';

/** Longer than the start of a server with all its tries: a second start waits for the first. */
const UP_WAIT_MS = 180_000;
const LOOK_EVERY_MS = 10;

export interface Reached {
  readonly client: Client;
  readonly manager: BackgroundTaskManager;
  readonly uiUrl: string | undefined;
  readonly namespace: string;
}

export interface RunningServer extends TemporalAddress {
  readonly uiUrl: string | undefined;
}

/** The server, started if need be. */
export async function reachServer(session: Session): Promise<RunningServer> {
  const found = await findServer(session);
  return 'start' in found ? found.start() : found;
}

/** For a worker launched while its server starts. Throws when the process that starts the server ends. */
export async function awaitServer({ paths }: Session): Promise<RunningServer> {
  const starter = process.ppid;
  while (process.ppid === starter) {
    const running = await runningServer(paths.workdir);
    if (running?.complete) return running;
    await pause(LOOK_EVERY_MS);
  }
  throw new RookeryError('no_server', 'The process that began to start the Temporal server ended without it');
}

/** Server and manager, for verbs that only read. `client` is absent when no server runs; then the files are read. */
export async function reachForReading(session: Session): Promise<{ manager: BackgroundTaskManager; client?: Client }> {
  const { temporal, paths } = session;
  const server = temporal.kind === 'cluster' ? await reachServer(session) : await runningServer(paths.workdir);
  if (!server) {
    tellOffline(session);
    return { manager: await openManager(session, undefined, true) };
  }
  const client = await connectTemporal(server);
  return { client, manager: await openManager(session, client, true) };
}

export function tellOffline({ out, paths }: Session): void {
  out.tell(`Temporal server not running (${paths.workdir}); showing task files only. Start it with \`rookery up -d\`.`);
}

/** Server, worker and manager, for verbs that run tasks. `provider`: the worker must have its key. */
export async function connectManager(session: Session, provider?: string): Promise<Reached> {
  const { paths } = session;
  const found = await findServer(session);
  await openWorkDirectory(paths);
  await makeDirectory(paths.side);
  const work = async (): Promise<{ server: RunningServer; client: Client; local: boolean }> => {
    // Both are started at once: the worker loads while the server starts, then waits for it.
    const early =
      'start' in found && !(await livingWorker(paths))
        ? await launch(session, { env: session.env, awaitServer: true })
        : undefined;
    try {
      const server = 'start' in found ? await found.start() : found;
      const client = await connectTemporal(server);
      const local = early ? await polls(session, early) : await ensureWorker(session, client, { server, provider });
      return { server, client, local };
    } catch (error) {
      early?.abandon();
      throw error;
    }
  };
  const { server, client, local } = await withLock(paths.upLock, work, UP_WAIT_MS);
  const manager = await openManager(session, client, local);
  return { client, manager, uiUrl: server.uiUrl, namespace: server.namespace };
}

// ---

/** @returns the running server, or a function that starts or restarts one. */
async function findServer(session: Session): Promise<RunningServer | { start(): Promise<RunningServer> }> {
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
  const running = await runningServer(paths.workdir);
  if (running?.complete) return running;
  if (running && options.start === false) {
    out.tell('The server answers web pages, or its Web UI does not answer: `rookery up -d` repairs both.');
    return running;
  }
  if (options.start === false) {
    throw new RookeryError('no_server', `No Temporal server runs for ${paths.workdir}`, {
      hint: 'Run `rookery up -d`',
    });
  }
  const { findTemporalCli } = await import('../server/find.js');
  await openWorkDirectory(paths);
  const announce = (line: string): void => out.tell(line);
  const cli = await findTemporalCli({ env, cacheDirectory: places.cache, announce });
  return { start: () => startServer({ workdir: paths.workdir, cli, announce, env }) };
}

interface Need {
  readonly server: RunningServer;
  readonly provider: string | undefined;
}

/** @returns true when a worker of this work directory runs; false when another one polls the queue. */
async function ensureWorker(session: Session, client: Client, need: Need): Promise<boolean> {
  const { paths, options, temporal } = session;
  const worker = await livingWorker(paths);
  if (worker) return keepOrRestart(session, worker, need);
  if (temporal.kind === 'cluster' && (await polled(client))) return false;
  if (options.start === false) {
    throw new RookeryError('no_server', 'No worker runs', { hint: 'Run `rookery up -d` or `rookery worker`' });
  }
  return polls(session, await launch(session, { env: session.env }));
}

/** Drains and restarts the worker when it lacks a key or tool that this command has, or uses another server. */
async function keepOrRestart(session: Session, worker: WorkerNote, { server, provider }: Need): Promise<true> {
  const { out, settings, env, options } = session;
  const moved = worker.address !== server.address || worker.namespace !== server.namespace;
  const here = usableProviders(settings, env);
  const lacks =
    provider !== undefined && !worker.providers.includes(provider) && here.some((name) => name === provider);
  const wanted = extrasOf(settings);
  // Verbs that only read a task need no tools.
  const works = provider !== undefined || options.mcp !== undefined || options.tools !== undefined;
  const bare = works && lacksExtras(worker.extras, wanted);
  if (options.start === false || !(moved || lacks || bare)) return true;
  // Checked before the running worker is stopped.
  await ownTools(wanted.tools);
  if (moved) out.tell('The worker talks to another server: it starts again.');
  else if (lacks) out.tell(`The worker has no key for ${provider}: it starts again with it.`);
  else out.tell('The worker has not got these tools: it starts again with them.');
  const extras = both(worker.extras, wanted);
  const before = keysOnly(await environmentOf(worker), variablesFor(extras));
  await stopWorkerProcess(session.paths);
  return polls(session, await launch(session, { env: { ...before, ...session.env }, extras }));
}

interface Launching {
  readonly env: NodeJS.ProcessEnv;
  readonly awaitServer?: boolean;
  /** Default: the extras of this command. */
  readonly extras?: Extras;
}

async function launch(
  { paths, options, settings }: Session,
  { env, awaitServer, extras }: Launching,
): Promise<LaunchedWorker> {
  // Loaded here, so that errors appear here and not in a log.
  await ownTools((extras ?? extrasOf(settings)).tools);
  const { local, acceptUnsigned } = options;
  return launchWorker(paths, env, [
    ...flagsOf(extras ?? extrasOf(settings)),
    ...(local ? ['--local'] : []),
    ...(acceptUnsigned ? ['--accept-unsigned'] : []),
    ...(awaitServer ? ['--await-server'] : []),
  ]);
}

async function polls({ paths, out }: Session, launched: LaunchedWorker): Promise<true> {
  const { pid } = await launched.ready();
  out.tell(`Worker started (process ${pid}), log in ${paths.logs}/worker.log`);
  return true;
}

function keysOnly(env: NodeJS.ProcessEnv, more: readonly string[]): NodeJS.ProcessEnv {
  const names = [...Object.values(KEY_VARIABLES), OVERRIDE_KEY, ...ENDPOINT_VARIABLES, ...more];
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

async function polled(client: Client): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType: 1,
  });
  return (pollers ?? []).length > 0;
}
