/**
 * The process `temporal server start-dev`: its arguments, and how it is started so that it survives its starter.
 * Each flag is here for a reason that was measured; nothing waits in this file.
 */

import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import type { ServerFiles } from './files.js';
import type { Endpoint, Ports } from './ports.js';

/** Where the server listens. */
export interface ServerAddress {
  readonly ports: Ports;
  /** The server's own Web UI, which the front stands before. */
  readonly uiServer: Endpoint;
  /** The one Host header that the HTTP API answers. */
  readonly apiHost: string;
}

export interface ServerLaunch {
  files: ServerFiles;
  cli: string;
  env: NodeJS.ProcessEnv;
  place: ServerAddress;
}

export interface LaunchedServer {
  /** Undefined: there is no shell to start anything with. */
  pid: number | undefined;
  /** Settles when the process ends; then nothing that answers on its ports is it. */
  ended: Promise<void>;
  /** From here on it may outlive us. */
  release(): void;
}

/** SQLite makes the database and its -wal file itself: only the umask can make them private. */
const AS_PRIVATE = 'umask 077; echo $$ >"$1"; shift; exec "$@"';

export async function launch({ files, cli, env, place }: ServerLaunch): Promise<LaunchedServer> {
  const log = await open(files.log, 'a', 0o600);
  const args = ['-c', AS_PRIVATE, 'rookery-server', files.pid, cli, ...startDev(files, place)];
  const child = spawn('sh', args, { cwd: files.directory, detached: true, env, stdio: ['ignore', log.fd, log.fd] });
  // Listened to before anything is awaited: an end that nobody heard would be waited for.
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
    // A profile of the user's must not send this server elsewhere.
    '--disable-config-file',
    '--ip=127.0.0.1',
    `--ui-ip=${uiServer.host}`,
    `--port=${ports.frontend}`,
    `--ui-port=${uiServer.port}`,
    `--http-port=${ports.http}`,
    `--metrics-port=${ports.metrics}`,
    `--db-filename=${files.database}`,
    // Twice as fast as the default, and nothing lost in power cuts; NORMAL lost acknowledged starts.
    '--sqlite-pragma=journal_mode=WAL',
    '--sqlite-pragma=synchronous=FULL',
    // The default of 20 polls a second costs each activity 50 to 100 ms.
    '--dynamic-config-value=history.transferProcessorMaxPollRPS=2000',
    '--dynamic-config-value=history.timerProcessorMaxPollRPS=2000',
    '--dynamic-config-value=history.visibilityProcessorMaxPollRPS=2000',
    // Timers of the default fire up to a second late, for the clocks of other hosts: each retry would cost that.
    '--dynamic-config-value=history.timerProcessorMaxTimeShift="50ms"',
    // The HTTP API has no password and takes blind cross-origin posts: it answers 403 to every other Host header.
    `--dynamic-config-value=frontend.httpAllowedHosts=${JSON.stringify([apiHost])}`,
    // An unregistered one leaves a workflow stuck for ever.
    '--search-attribute=RookeryStatus=Keyword',
    '--search-attribute=RookeryModel=Keyword',
    '--log-level=warn',
    '--log-format=json',
  ];
}
