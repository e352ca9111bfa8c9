/**
 * Launches `temporal server start-dev` so that it outlives its parent process, and builds its arguments.
 * Each flag has a measured reason; this file does not wait for readiness.
 */

import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { SEARCH_ATTRIBUTES } from '../domain/search.js';
import type { ServerFiles } from './files.js';
import type { Endpoint, Ports } from './ports.js';

/** Where the server listens. */
export interface ServerAddress {
  readonly ports: Ports;
  /** The server's own Web UI, behind the proxy. */
  readonly uiServer: Endpoint;
  /** The only Host header that the HTTP API accepts. */
  readonly apiHost: string;
}

export interface ServerLaunch {
  files: ServerFiles;
  cli: string;
  env: NodeJS.ProcessEnv;
  listenOn: ServerAddress;
}

export interface LaunchedServer {
  /** Undefined when there is no shell. */
  pid: number | undefined;
  /** Resolves when the process has ended; from then on another process may listen on its ports. */
  ended: Promise<void>;
  /** Lets the process outlive this one. */
  release(): void;
}

/** SQLite creates the database and its -wal file: only the umask can make them private. */
const PRIVATE_LAUNCHER = 'umask 077; echo $$ >"$1"; shift; exec "$@"';

export async function launch({ files, cli, env, listenOn }: ServerLaunch): Promise<LaunchedServer> {
  const log = await open(files.log, 'a', 0o600);
  const args = ['-c', PRIVATE_LAUNCHER, 'rookery-server', files.pid, cli, ...startDev(files, listenOn)];
  const child = spawn('sh', args, { cwd: files.directory, detached: true, env, stdio: ['ignore', log.fd, log.fd] });
  // Listeners are added before the first await: otherwise an early exit would be missed.
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  await log.close();
  return { pid: child.pid, ended, release: () => child.unref() };
}

function startDev(files: ServerFiles, { ports, uiServer, apiHost }: ServerAddress): string[] {
  return [
    'server',
    'start-dev',
    // A profile of the user must not redirect this server.
    '--disable-config-file',
    '--ip=127.0.0.1',
    `--ui-ip=${uiServer.host}`,
    `--port=${ports.frontend}`,
    `--ui-port=${uiServer.port}`,
    `--http-port=${ports.http}`,
    `--metrics-port=${ports.metrics}`,
    `--db-filename=${files.database}`,
    // Twice as fast as the default, and safe in a power cut; NORMAL lost acknowledged starts.
    '--sqlite-pragma=journal_mode=WAL',
    '--sqlite-pragma=synchronous=FULL',
    // The default of 20 polls a second costs each activity 50 to 100 ms.
    '--dynamic-config-value=history.transferProcessorMaxPollRPS=2000',
    '--dynamic-config-value=history.timerProcessorMaxPollRPS=2000',
    '--dynamic-config-value=history.visibilityProcessorMaxPollRPS=2000',
    // By default timers fire up to 1 s late, to allow for clock skew: each retry would cost that.
    '--dynamic-config-value=history.timerProcessorMaxTimeShift="50ms"',
    // The HTTP API has no password and takes blind cross-origin posts: it answers 403 to every other Host header.
    `--dynamic-config-value=frontend.httpAllowedHosts=${JSON.stringify([apiHost])}`,
    // An unregistered search attribute leaves a workflow stuck for ever.
    ...Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => `--search-attribute=${name}=${type}`),
    '--log-level=warn',
    '--log-format=json',
  ];
}
