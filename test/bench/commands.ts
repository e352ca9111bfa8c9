/**
 * What small commands cost beside `list`: user and system CPU of each as a process of its own, its start included. They take
 * turns, so that a machine that slows down slows them all.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QUERIES, type StatusAnswer } from '../../src/domain/protocol.js';
import { connectTemporal } from '../../src/server/connect.js';
import { until } from '../support/until.js';
import { environmentFor, rookery } from './command.js';
import { type Figure, ratios, type Section } from './figures.js';
import { cpuOfEnded } from './machine.js';
import { flagsFor, withModel, withServer } from './scene.js';
import type { StartupOptions } from './startup.js';

const RUNS = 10;
const COMMANDS = ['list', 'submit', 'status', 'approve', 'wait'] as const;
type Command = (typeof COMMANDS)[number];
type Costs = Record<Command, number[]>;

export async function commands({ rounds, scratch, announce }: StartupOptions): Promise<Section[]> {
  const costs = none();
  for (let round = 1; round <= rounds; round++) {
    announce(`commands, round ${round}`);
    const one = await roundOf(join(scratch, `commands-${round}`));
    for (const command of COMMANDS) costs[command].push(mean(one[command]));
  }
  const figures = COMMANDS.flatMap((command): Figure[] => [
    { name: command, unit: 'ms', values: costs[command] },
    ...(command === 'list'
      ? []
      : [
          {
            name: `${command} / list`,
            unit: 'ratio',
            values: ratios(costs[command], costs.list),
            target: { most: 1.5 },
          },
        ]),
  ]);
  return [{ title: `CPU of a command, a server and a worker running (mean of ${RUNS}, in turn)`, figures }];
}

// ---

async function roundOf(workdir: string): Promise<Costs> {
  const costs = none();
  const workspace = join(workdir, 'workspace');
  const env = environmentFor(workdir, { ROOKERY_WORKSPACE: workspace });
  const place = join(workdir, 'no-config', 'rookery');
  for (const directory of [workspace, place]) await mkdir(directory, { recursive: true });
  // With a sandbox there would be nothing to approve.
  await writeFile(join(place, 'config.toml'), '[security]\nsandbox = "off"\n');
  const cost = async (command: Command, args: readonly string[] = []): Promise<string> => {
    const before = cpuOfEnded();
    const { stdout } = await rookery([command, ...args], env);
    costs[command].push(cpuOfEnded() - before);
    return stdout.trim();
  };
  await withModel('approval', (model) =>
    withServer(env, async (address) => {
      const client = await connectTemporal({ address, namespace: 'default' });
      // The first of each warms the disk's cache and is not counted.
      // The model server lists no models, so each submit would ask it again whether it has this one.
      for (let n = 0; n <= RUNS; n++) {
        await cost('list');
        const id = await cost('submit', [...flagsFor(model), '--no-check', 'Do what the script says.']);
        const handle = client.workflow.getHandle(id);
        const waits = async () => (await handle.query<StatusAnswer>(QUERIES.status)).phase === 'waiting_approval';
        await until(waits, { what: 'the task waits for an approval' });
        await cost('status', [id]);
        await cost('approve', [id]);
        await cost('wait', [id]);
        if (n === 0) for (const command of COMMANDS) costs[command].length = 0;
      }
      await client.connection.close();
    }),
  );
  return costs;
}

function none(): Costs {
  return { list: [], submit: [], status: [], approve: [], wait: [] };
}

/** Not the median: the kernel counts in steps of 10 ms, which add up to the truth. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
