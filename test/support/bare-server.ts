/** A dev server with flags of a test's own choice, in memory: for what the server of the product never does. */
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

export interface BareServer {
  readonly address: string;
  stop(): Promise<void>;
}

export async function startBareServer(dynamicConfig: Readonly<Record<string, string | number>>): Promise<BareServer> {
  const { path } = await testCli();
  const { frontend, http, metrics } = await choosePorts([]);
  const values = { ...QUICK, ...dynamicConfig };
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
      ...Object.entries(values).map(([name, value]) => `--dynamic-config-value=${name}=${JSON.stringify(value)}`),
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = `127.0.0.1:${frontend}`;
  await until(() => serves(address), { what: 'the server serves' });
  return {
    address,
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
