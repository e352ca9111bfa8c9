/** A Temporal server of the test on PostgreSQL: all four services in one process, mutual TLS between all that talk to it. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { ALL_SEARCH_ATTRIBUTES } from '../../src/domain/search.js';
import { CHANNEL_ARGS } from '../../src/server/connect.js';
import { registerSearchAttributes } from '../../src/server/search-attributes.js';
import { until } from '../support/until.js';
import type { Binaries } from './binaries.js';
import { type Certificates, SERVER_NAME, tlsOf } from './certificates.js';
import { DATABASE_USER } from './postgres.js';

export const NAMESPACE = 'rookery-cluster';
export const DATABASES = ['temporal', 'temporal_visibility'] as const;

export interface TemporalServer {
  readonly address: string;
  readonly connection: Connection;
  stop(): Promise<void>;
}

export interface TemporalPlace {
  readonly binaries: Binaries;
  readonly directory: string;
  readonly postgresPort: number;
  readonly certificates: Certificates;
}

export async function startTemporal(place: TemporalPlace): Promise<TemporalServer> {
  const { binaries, directory, certificates } = place;
  for (const [database, schema] of [
    [DATABASES[0], 'temporal'],
    [DATABASES[1], 'visibility'],
  ] as const) {
    makeSchema(place, database, schema);
  }
  const ports = await freePorts(8);
  const root = join(directory, 'temporal');
  mkdirSync(root);
  writeFileSync(join(root, 'cluster.yaml'), JSON.stringify(configOf(place, ports), null, 1));
  writeFileSync(join(root, 'dynamic.yaml'), JSON.stringify(DYNAMIC));
  const log = openSync(join(directory, 'temporal.log'), 'a');
  const args = ['--root', root, '--config', '.', '--env', 'cluster', '--allow-no-auth', 'start'];
  // Ctrl-C is for the program alone, which has to count first.
  const child = spawn(binaries.temporal, args, { detached: true, stdio: ['ignore', log, log] });
  const address = `127.0.0.1:${ports[0]}`;
  const connection = Connection.lazy({ address, tls: tlsOf(certificates), channelArgs: CHANNEL_ARGS });
  const serves = (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`The Temporal server has ended; see ${directory}/temporal.log.`);
    return makeNamespace(connection);
  };
  await until(serves, { what: 'the Temporal server serves' });
  await until(() => addSearchAttributes(connection), { what: 'the search attributes are registered' });
  return {
    address,
    connection,
    async stop() {
      await connection.close();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      if (child.exitCode === null) await ended;
    },
  };
}

/** Below 32,768: the schema of PostgreSQL keeps the ports of the services in two bytes. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let port = FIRST_PORT + (process.pid % 400) * 20; ports.length < count; port++) {
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

// ---

const FIRST_PORT = 22_000;

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** As the embedded server has it: with the defaults of 20 polls a second, each activity waits 50 to 100 ms. */
const DYNAMIC = Object.fromEntries(
  ['transfer', 'timer', 'visibility'].map((name) => [`history.${name}ProcessorMaxPollRPS`, [{ value: 2_000 }]]),
);

function makeSchema({ binaries, postgresPort }: TemporalPlace, database: string, schema: string): void {
  const common = ['--plugin', 'postgres12', '--endpoint', '127.0.0.1', '--port', String(postgresPort)];
  const tool = (...args: string[]): unknown =>
    execFileSync(binaries.sqlTool, [...common, '--user', DATABASE_USER, '--database', database, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  tool('create-database');
  tool('setup-schema', '--version', '0.0');
  tool('update-schema', '--schema-name', `postgresql/v12/${schema}`);
}

function configOf({ directory, postgresPort, certificates }: TemporalPlace, ports: readonly number[]) {
  const frontend = `127.0.0.1:${ports[0]}`;
  const service = (at: number) => ({
    rpc: { grpcPort: ports[at], membershipPort: ports[at + 1], bindOnIP: '127.0.0.1' },
  });
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: 4,
      datastores: { default: store(DATABASES[0], postgresPort), visibility: store(DATABASES[1], postgresPort) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' }, tls: tlsConfig(certificates) },
    services: { frontend: service(0), history: service(2), matching: service(4), worker: service(6) },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: frontend },
      },
    },
    archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } },
    namespaceDefaults: { archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } } },
    publicClient: { hostPort: frontend },
    dynamicConfigClient: { filepath: join(directory, 'temporal', 'dynamic.yaml'), pollInterval: '60s' },
  };
}

function store(databaseName: string, port: number) {
  return {
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: `127.0.0.1:${port}`,
      connectProtocol: 'tcp',
      user: DATABASE_USER,
      password: '',
      maxConns: 20,
      maxIdleConns: 20,
      maxConnLifetime: '1h',
    },
  };
}

function tlsConfig({ authority, certificate, key }: Certificates) {
  const pair = { certFile: certificate, keyFile: key };
  const client = { serverName: SERVER_NAME, rootCaFiles: [authority] };
  const server = { ...pair, requireClientAuth: true, clientCaFiles: [authority] };
  return { internode: { server, client }, frontend: { server, client }, systemWorker: { ...pair, client } };
}

async function makeNamespace(connection: Connection): Promise<boolean> {
  return connection
    .withDeadline(Date.now() + 2_000, () =>
      connection.workflowService.registerNamespace({
        namespace: NAMESPACE,
        workflowExecutionRetentionPeriod: { seconds: (30 * 86_400) as never },
      }),
    )
    .then(
      () => true,
      (error: unknown) => /already (exists|registered)/i.test(String(error)),
    );
}

async function addSearchAttributes(connection: Connection): Promise<boolean> {
  return registerSearchAttributes({ connection, options: { namespace: NAMESPACE } }, ALL_SEARCH_ATTRIBUTES).then(
    () => true,
    (error: unknown) => /already exist/i.test(String(error)),
  );
}
