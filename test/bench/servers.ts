/** A fresh Temporal server in a directory of its own: with our flags, or with those that a user gets who gives none. */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { serverFiles } from '../../src/server/files.js';
import { choosePorts } from '../../src/server/ports.js';
import { readState } from '../../src/server/state.js';
import { startOwnServer, testCli } from '../support/own-server.js';
import { until } from '../support/until.js';

export type Flags = 'ours' | 'defaults';

export interface BenchServer {
  readonly address: string;
  /** Where it counts its requests, in the text format of Prometheus. */
  readonly metricsUrl: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export async function startServer(flags: Flags, directory: string): Promise<BenchServer> {
  await mkdir(directory, { recursive: true });
  if (flags === 'defaults') return startDefault(directory);
  const server = await startOwnServer({ workdir: directory });
  const state = await readState(serverFiles(directory));
  return { ...server, metricsUrl: metricsAt(state?.ports.metrics) };
}

// ---

function metricsAt(port: number | undefined): string {
  return `http://127.0.0.1:${port}/metrics`;
}

async function startDefault(directory: string): Promise<BenchServer> {
  const { path } = await testCli();
  const { frontend, http, metrics } = await choosePorts([]);
  const child = spawn(
    path,
    [
      'server',
      'start-dev',
      '--disable-config-file',
      '--headless',
      '--ip=127.0.0.1',
      `--port=${frontend}`,
      `--http-port=${http}`,
      `--metrics-port=${metrics}`,
      '--log-level=error',
      `--db-filename=${join(directory, 'default.db')}`,
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = `127.0.0.1:${frontend}`;
  await until(() => serves(address), { what: 'the server serves', timeoutMs: 30_000 });
  return {
    address,
    metricsUrl: metricsAt(metrics),
    pid: child.pid as number,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

async function serves(address: string): Promise<boolean> {
  const connection = Connection.lazy({ address });
  try {
    await connection.withDeadline(Date.now() + 1_000, () =>
      connection.workflowService.describeNamespace({ namespace: 'default' }),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
