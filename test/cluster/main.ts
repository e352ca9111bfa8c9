/**
 * Tasks on a real Temporal cluster while everything around them fails: PostgreSQL restarts every 5 to 20 s, a worker is
 * killed every 10 s, half way both hosts change to another build. Payloads are encrypted, connections use mutual TLS.
 * Variables: SEED, TASKS (500), ITERATIONS (8), AT_ONCE (4), FROM (a built checkout of an earlier version, as build A).
 * Options: `--out FILE` (cluster.json), `--minutes N` starts no task after them, `--publish` puts the figures into
 * docs/cluster.md. SIGTERM and Ctrl-C have the effect of the minutes: what has begun is finished and counted. Exits with 0
 * when nothing was lost, doubled or readable, few conversations were sent whole, and all tasks and faults took place; also
 * when programs that it needs are missing, which it names as skipped.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Client } from '@temporalio/client';
import { killAfterDeath } from '../support/after-death.js';
import { countLines } from '../support/effects.js';
import { readLedger } from '../support/ledger.js';
import { startLlmServer } from '../support/llm-server.js';
import { publish } from '../support/publish.js';
import { chance } from '../support/random.js';
import { until } from '../support/until.js';
import { workingModel } from '../support/working-model.js';
import { accountOf, type TaskAccount } from './account.js';
import { type Binaries, findBinaries, TEMPORAL_VERSION } from './binaries.js';
import { originOf } from './builds.js';
import { CANARY } from './canary.js';
import { openCluster } from './cluster.js';
import { disturb } from './disturbances.js';
import type { Host } from './hosts.js';
import { type Figures, faultsOf, figuresOf, tableOf } from './report.js';
import { type Ended, runTasks } from './tasks.js';

const TOOL_MS = 100;
const { env } = process;
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'cluster.json' },
    minutes: { type: 'string', default: 'Infinity' },
    publish: { type: 'boolean', default: false },
  },
});
const seed = Number(env.SEED ?? randomBytes(3).readUIntBE(0, 3));
const [tasks, iterations, atOnce] = [['TASKS', 500] as const, ['ITERATIONS', 8] as const, ['AT_ONCE', 4] as const].map(
  ([name, otherwise]) => Number(env[name] ?? otherwise),
) as [number, number, number];
const MINUTES = Number(values.minutes);
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
let isStopped = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    announce(`${signal}: no further task is started; those that have begun are finished and counted`);
    isStopped = true;
  });
}
const isOver = (): boolean => isStopped || Date.now() - begun > MINUTES * 60_000;
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
  const script = workingModel({ iterations, chance: chance(seed), toolMs: TOOL_MS });
  const model = await startLlmServer(script, { forget: true });
  const cluster = await openCluster({ binaries: found, directory: root, from: env.FROM, announce });
  const { client, hosts, postgres } = cluster;
  const disturbances = disturb({ postgres, hosts, chance: chance(seed + 1), announce });
  const ended = await work(client, model.url, () => disturbances.upgrade(cluster.nextBuild));
  const isCutShort = isOver();
  await disturbances.stop();
  const seconds = Math.round((Date.now() - begun) / 1_000);
  announce('all has ended; counting');
  const accounts = await countAll(client, hosts, ended);
  const lines = hosts.reduce((sum, { workspace }) => sum + readLedger(workspace).length, 0);
  const known = accounts.reduce((sum, { effects }) => sum + effects.once + effects.unknownRan + effects.doubled, 0);
  const canary = await cluster.close();
  await model.close();
  const upgradeFrom = originOf(env.FROM);
  const versions = { temporal: TEMPORAL_VERSION, postgres: found.postgresVersion, upgradeFrom };
  const counts = { ...disturbances.counts, workerExits: hosts.reduce((sum, host) => sum + host.exits, 0) };
  const size = { tasks: ended.length, asked: tasks, isCutShort, iterations, atOnce };
  const common = { seed, ...size, seconds, versions, counts, canary, ended, accounts };
  return figuresOf({ ...common, strayLines: Math.max(0, lines - known) });
}

/** Half way, by count or by time, the hosts are upgraded. */
async function work(client: Client, endpoint: string, upgradeAll: () => Promise<void>): Promise<Ended[]> {
  const chosen = { provider: 'litellm', model: 'scripted', endpoint, endpoint_origin: 'user' as const };
  const input = { prompt: `Do what the script says. ${CANARY}`, ...chosen, allow: ['shell'] };
  let upgrade: Promise<void> | undefined;
  const onEnd = (count: number): void => {
    if (count % 10 === 0) announce(`${count} of ${tasks} tasks have ended`);
    if (count >= tasks / 2 || Date.now() - begun > MINUTES * 30_000) upgrade ??= upgradeAll();
  };
  const ended = await runTasks({ client, count: tasks, atOnce, input, isOver, onEnd });
  await upgrade;
  return ended;
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
