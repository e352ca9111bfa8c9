/**
 * What an iteration is made of, in counts: events, requests to the server, writes of its database, syncs of the disk. The
 * server counts its own; syncs are counted by strace, where there is one, in a pass that nobody times.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textAt } from '../support/raw-http.js';
import { type Cell, runCell, storedOf } from './cells.js';
import type { Figure, Section } from './figures.js';
import { familyOf } from './machine.js';
import { type Common, openStage, type Stage } from './stage.js';

const WARM: Cell = { iterations: 10, delayMs: 0, tool: 'read', tasks: 2, atOnce: 1 };
const CELL: Cell = { iterations: 20, delayMs: 0, tool: 'read', tasks: 5, atOnce: 1 };
const ITERATIONS = CELL.tasks * CELL.iterations;

export async function anatomy(common: Common): Promise<Section[]> {
  const figures: Figure[] = [];
  for (const peer of ['rookery', 'bare', 'official'] as const) {
    const stage = await openStage({ ...common, peer, flags: 'ours' });
    try {
      await runCell(stage, WARM);
      const before = await countsOf(stage);
      const { ids } = await runCell(stage, CELL);
      const after = await countsOf(stage);
      const events = (await Promise.all(ids.map((id) => storedOf(stage, id)))).reduce(
        (sum, one) => sum + one.events,
        0,
      );
      const each = (name: keyof Counts): number => (after[name] - before[name]) / ITERATIONS;
      const count = (name: string, value: number): Figure => ({
        name: `${peer}: ${name}`,
        unit: 'count',
        values: [value],
      });
      figures.push(
        count('events', events / ITERATIONS),
        count('requests of worker and client', each('requests')),
        count('workflow tasks', each('steps')),
        count('writes of a workflow in the database', each('writes')),
      );
      const syncs = await syncsOf(stage);
      if (syncs !== undefined) figures.push(count('fsync and fdatasync, worker and server', syncs / ITERATIONS));
    } finally {
      await stage.close();
    }
    common.announce(`anatomy: ${peer}`);
  }
  return [
    { title: `What an iteration is made of (${CELL.tasks} tasks of ${CELL.iterations}, one after another)`, figures },
  ];
}

// ---

interface Counts {
  readonly requests: number;
  readonly steps: number;
  readonly writes: number;
}

const LINE = /^(service_requests|persistence_requests)\{([^}]*)\} ([0-9.e+]+)/;

async function countsOf({ server }: Stage): Promise<Counts> {
  const counts = { requests: 0, steps: 0, writes: 0 };
  for (const line of (await textAt(server.metricsUrl)).split('\n')) {
    const [, kind, labels = '', value] = LINE.exec(line) ?? [];
    const operation = /operation="([^"]*)"/.exec(labels)?.[1];
    const frontend = labels.includes('service_name="frontend"');
    if (kind === 'service_requests' && frontend) counts.requests += Number(value);
    if (kind === 'service_requests' && frontend && operation === 'RespondWorkflowTaskCompleted') {
      counts.steps += Number(value);
    }
    if (kind === 'persistence_requests' && operation === 'UpdateWorkflowExecution') counts.writes += Number(value);
  }
  return counts;
}

/** Undefined: there is no strace, or it may not look. */
async function syncsOf(stage: Stage): Promise<number | undefined> {
  if (spawnSync('strace', ['-V']).status !== 0) return undefined;
  const directory = await mkdtemp(join(tmpdir(), 'rookery-syncs-'));
  const log = join(directory, 'log');
  const pids = [...familyOf(stage.worker.pid), stage.server.pid].flatMap((pid) => ['-p', String(pid)]);
  const tracer = spawn('strace', ['-f', '-e', 'trace=fsync,fdatasync', '-o', log, ...pids], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    // It says to which processes it has attached.
    await Promise.race([once(tracer.stderr, 'data'), once(tracer, 'exit')]);
    if (tracer.exitCode !== null) return undefined;
    await runCell(stage, CELL);
    tracer.kill('SIGINT');
    await once(tracer, 'exit');
    return (await readFile(log, 'utf8')).split('\n').filter((line) => /\bf(data)?sync\(/.test(line)).length;
  } finally {
    tracer.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  }
}
