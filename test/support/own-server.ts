/** A Temporal dev server of a test's own, started as Rookery starts it: it may be killed, stopped and frozen. */
import envPaths from 'env-paths';
import { startServer, stopServer } from '../../src/server/embedded.js';
import { serverFiles } from '../../src/server/files.js';
import { findTemporalCli, type TemporalCli } from '../../src/server/find.js';
import { choosePorts } from '../../src/server/ports.js';
import { readState } from '../../src/server/state.js';
import { killAfterDeath } from './after-death.js';

export interface OwnServer {
  readonly address: string;
  readonly uiUrl: string;
  /** Of the HTTP API. */
  readonly httpUrl: string;
  /** The one host name that it answers. */
  readonly apiHost: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Again on the same work directory after a kill: the same data, on the same ports. */
export async function startOwnServer({ workdir }: { workdir: string }): Promise<OwnServer> {
  killAfterDeath(workdir);
  const { frontend, ui } = await choosePorts([]);
  const cli = await testCli();
  const wishes = { preferredPort: frontend, preferredUiPort: ui };
  const server = await startServer({ workdir, cli, env: process.env, announce: () => undefined, ...wishes });
  const state = await readState(serverFiles(workdir));
  return {
    address: server.address,
    uiUrl: server.uiUrl,
    httpUrl: `http://127.0.0.1:${state?.ports.http}`,
    apiHost: state?.protection?.apiHost ?? '',
    pid: server.pid,
    stop: async () => {
      await stopServer(workdir);
    },
  };
}

let found: Promise<TemporalCli> | undefined;

export function testCli(): Promise<TemporalCli> {
  found ??= findTemporalCli({
    env: process.env,
    cacheDirectory: envPaths('rookery', { suffix: '' }).cache,
    announce: () => undefined,
  });
  return found;
}
