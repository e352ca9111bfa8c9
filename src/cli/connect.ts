/**
 * Connects a verb to the server and, where tasks must run, to a worker; starts them in the background when they are not
 * running. Reports each step on stderr.
 */
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { RookeryError } from '../domain/errors.js';
import { makeDirectory } from '../files/atomic-write.js';
import { withLock } from '../files/file-lock.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import { openWorkDirectory } from '../manager/work-directory.js';
import { connectTemporal, type TemporalAddress } from '../server/connect.js';
import { runningServer, startServer } from '../server/embedded.js';
import { serverFiles } from '../server/files.js';
import { httpClient } from '../server/http-client.js';
import { repairUnfinished } from '../server/set-aside.js';
import type { TemporalClient } from '../server/temporal-client.js';
import { awaitWorker, ensureWorker, launchWithExtras } from './ensure-worker.js';
import { isUnused, openManager, reportOffline, type Session } from './session.js';
import type { WebUi } from './web-ui.js';
import { runningWorker } from './worker-process.js';

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

/** For verbs that wait for a task: they start nothing where no task can be, such as in a mistyped work directory. */
export async function connectWaiting(session: Session): Promise<BackgroundTaskManager> {
  return (await (isUnused(session) ? connectReader(session) : connectManager(session))).manager;
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
        ? await launchWithExtras(session, { env: session.env, awaitServer: true })
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
