/** A dev server with flags of our own choice: for what the server of the product never does. */
import { spawn } from 'node:child_process';
import { Connection } from '@temporalio/client';
import { choosePorts } from '../../src/server/ports.js';
import { testCli } from './own-server.js';
import { until } from './until.js';

const QUICK = {
  'history.transferProcessorMaxPollRPS': 2000,
  'history.timerProcessorMaxPollRPS': 2000,
  'history.timerProcessorMaxTimeShift': '50ms',
};

type DynamicConfig = Readonly<Record<string, string | number | boolean>>;

export interface BareServer {
  readonly address: string;
  readonly pid: number;
  /** Where it counts its requests, in the text format of Prometheus. */
  readonly metricsUrl: string;
  stop(): Promise<void>;
}

/** In memory, and quick. */
export function startBareServer(dynamicConfig: DynamicConfig): Promise<BareServer> {
  return startPlainServer({ dynamicConfig: { ...QUICK, ...dynamicConfig } });
}

/** As a user gets it who gives no flags; `database`: a file, instead of memory. */
export async function startPlainServer(options: {
  readonly database?: string;
  readonly dynamicConfig?: DynamicConfig;
}): Promise<BareServer> {
  const { database, dynamicConfig = {} } = options;
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
      ...(database === undefined ? [] : [`--db-filename=${database}`]),
      ...Object.entries(dynamicConfig).map(
        ([name, value]) => `--dynamic-config-value=${name}=${JSON.stringify(value)}`,
      ),
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = `127.0.0.1:${frontend}`;
  await until(() => serves(address), { what: 'the server serves' });
  return {
    address,
    pid: child.pid as number,
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
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
