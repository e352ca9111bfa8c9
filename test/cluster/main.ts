/**
 * Tasks on a real Temporal cluster while everything around them fails: PostgreSQL restarts every 5 to 20 s, a worker is
 * killed every 10 s, half way both hosts change to another build. Payloads are encrypted, connections use mutual TLS.
 * Variables: SEED, TASKS (500), ITERATIONS (8), AT_ONCE (4), FROM (a built checkout of an earlier version, as build A).
 * Options: `--out FILE` (cluster.json), `--publish` puts the figures into docs/cluster.md. Exits with 0 when nothing was
 * lost, doubled or readable, and when the programs that it needs are missing, which it says.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from '@temporalio/client';
import { BackgroundTasksPlugin } from '../../src/plugin.js';
import { killAfterDeath } from '../support/after-death.js';
import { countLines } from '../support/effects.js';
import { codec } from '../support/encrypting-codec.mjs';
import { readLedger } from '../support/ledger.js';
import { startLlmServer } from '../support/llm-server.js';
import { publish } from '../support/publish.js';
import { chance } from '../support/random.js';
import { until } from '../support/until.js';
import { workingModel } from '../support/working-model.js';
import { accountOf, type TaskAccount } from './account.js';
import { type Binaries, findBinaries, TEMPORAL_VERSION } from './binaries.js';
import { makeBuilds, originOf } from './builds.js';
import { CANARY, lookForCanary } from './canary.js';
import { makeCertificates, tlsVariables } from './certificates.js';
import { disturb } from './disturbances.js';
import { type Host, startHost } from './hosts.js';
import { startPostgres } from './postgres.js';
import { type Figures, faultsOf, figuresOf, tableOf } from './report.js';
import { type Ended, runTasks } from './tasks.js';
import { freePorts, NAMESPACE, startTemporal } from './temporal.js';

const TOOL_MS = 100;
const { env } = process;
const { values } = parseArgs({
  options: { out: { type: 'string', default: 'cluster.json' }, publish: { type: 'boolean', default: false } },
});
const seed = Number(env.SEED ?? randomBytes(3).readUIntBE(0, 3));
const [tasks, iterations, atOnce] = [['TASKS', 500] as const, ['ITERATIONS', 8] as const, ['AT_ONCE', 4] as const].map(
  ([name, otherwise]) => Number(env[name] ?? otherwise),
) as [number, number, number];
const begun = Date.now();
const announce = (line: string): void =>
  console.error(`${String(Math.round((Date.now() - begun) / 1_000)).padStart(5)} s  ${line}`);

const binaries = findBinaries(announce);
if (typeof binaries === 'string') {
  console.log(`skipped: ${binaries}`);
  process.exit(0);
}
announce(`SEED=${seed} TASKS=${tasks} ITERATIONS=${iterations} AT_ONCE=${atOnce}`);
const directory = mkdtempSync(join(tmpdir(), 'rookery-cluster-'));
// The user of PostgreSQL passes through it, and reads nothing else.
chmodSync(directory, 0o711);
killAfterDeath(directory);
const figures = await run(binaries, directory);
writeFileSync(values.out, `${JSON.stringify(figures, null, 2)}\n`);
for (const line of tableOf(figures)) console.log(line);
const faults = faultsOf(figures);
console.log(
  faults.length === 0 ? 'Nothing was lost, doubled or readable.' : `Faults: ${faults.join(', ')}. Kept: ${directory}`,
);
if (values.publish) publish('docs/cluster.md', 'figures', tableOf(figures));
if (faults.length === 0) rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
process.exit(faults.length === 0 ? 0 : 1);

// ---

async function run(found: Binaries, root: string): Promise<Figures> {
  const dice = chance(seed);
  const certificates = makeCertificates(join(root, 'certificates'));
  const [postgresPort = 0] = await freePorts(1);
  const postgres = await startPostgres(found.postgres, root, postgresPort);
  const temporal = await startTemporal({ binaries: found, directory: root, postgresPort, certificates });
  announce('the cluster serves');
  const signingKeyFile = join(root, 'signing.key');
  const plugin = await BackgroundTasksPlugin.create({ workdir: join(root, 'client'), signingKeyFile });
  const { connection } = temporal;
  const dataConverter = { payloadCodecs: [codec] };
  const client = new Client({ connection, namespace: NAMESPACE, plugins: [plugin], dataConverter });
  const model = await startLlmServer(workingModel({ iterations, chance: dice, toolMs: TOOL_MS }), { forget: true });
  const [buildA, buildB] = makeBuilds(root, env.FROM);
  const workerEnv = {
    ...{ PATH: env.PATH ?? '', HOME: root, XDG_CONFIG_HOME: join(root, 'config'), ...tlsVariables(certificates) },
    ...{ TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: NAMESPACE, ROOKERY_SIGNING_KEY_FILE: signingKeyFile },
    ROOKERY_CODEC: resolve('test/support/encrypting-codec.mjs'),
  };
  const hosts: Host[] = [];
  for (const name of ['host-1', 'host-2']) {
    hosts.push(await startHost({ directory: root, name, build: buildA, env: workerEnv }));
  }
  announce('two workers poll');
  const disturbances = disturb({ postgres, hosts, chance: chance(seed + 1), announce });
  let upgrade: Promise<void> | undefined;
  const input = {
    prompt: `Do what the script says. ${CANARY}`,
    ...{
      provider: 'litellm',
      model: 'scripted',
      endpoint: model.url,
      endpoint_origin: 'user' as const,
      allow: ['shell'],
    },
  };
  const onEnd = (ended: number): void => {
    if (ended % 10 === 0) announce(`${ended} of ${tasks} tasks have ended`);
    if (ended >= tasks / 2) upgrade ??= disturbances.upgrade(buildB);
  };
  const ended = await runTasks({ client, count: tasks, atOnce, input, onEnd });
  await upgrade;
  await disturbances.stop();
  const seconds = Math.round((Date.now() - begun) / 1_000);
  announce('all has ended; counting');
  const accounts = await countAll(client, hosts, ended);
  const lines = hosts.reduce((sum, { workspace }) => sum + readLedger(workspace).length, 0);
  const known = accounts.reduce((sum, { effects }) => sum + effects.once + effects.unknownRan + effects.doubled, 0);
  const workerExits = hosts.reduce((sum, host) => sum + host.exits, 0);
  await Promise.all(hosts.map((host) => host.stop()));
  await model.close();
  await temporal.stop();
  const canary = lookForCanary(postgres.dump);
  await postgres.stop();
  const versions = {
    temporal: TEMPORAL_VERSION,
    postgres: found.postgresVersion,
    upgradeFrom: originOf(env.FROM),
  };
  const counts = { ...disturbances.counts, workerExits };
  const common = { seed, tasks, iterations, atOnce, seconds, versions, counts, canary, ended, accounts };
  return figuresOf({ ...common, strayLines: Math.max(0, lines - known) });
}

async function countAll(client: Client, hosts: readonly Host[], ended: readonly Ended[]): Promise<TaskAccount[]> {
  const lines = countLines(hosts.flatMap(({ workspace }) => readLedger(workspace)));
  const accounts: TaskAccount[] = [];
  for (const { id, status } of ended) {
    if (status === 'lost') continue;
    const account = () => accountOf(id, { client, hosts, lines }).catch(() => undefined);
    const found = await until(account, { what: `the account of ${id}`, timeoutMs: 60_000 }).catch(() => undefined);
    if (!found) announce(`task ${id} cannot be read`);
    if (found) accounts.push(found);
    if (accounts.length % 50 === 0) announce(`${accounts.length} tasks are counted`);
  }
  return accounts;
}
