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

interface PlainOptions {
  readonly database?: string;
  readonly dynamicConfig?: DynamicConfig;
}

/** As a user gets it who gives no flags; `database`: a file, instead of memory. */
export async function startPlainServer(options: PlainOptions): Promise<BareServer> {
  for (let tried = 1; ; tried++) {
    const server = await tryStart(options);
    if (server) return server;
    if (tried === TRIES) throw new Error(`the server has ended ${TRIES} times before it served`);
  }
}

// ---

const TRIES = 5;

/** @returns undefined when it has ended at once: another server took one of its ports after they were chosen */
async function tryStart({ database, dynamicConfig = {} }: PlainOptions): Promise<BareServer | undefined> {
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
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void ended.then(() => {
    hasEnded = true;
  });
  const address = `127.0.0.1:${frontend}`;
  await until(async () => hasEnded || (await serves(address)), { what: 'the server serves' });
  // Where it has ended, it may be another one that serves there.
  if (hasEnded) return undefined;
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
