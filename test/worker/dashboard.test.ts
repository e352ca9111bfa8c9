/** The Grafana dashboard: a dashboard that Grafana takes, of queries that are PromQL, over metrics that a worker exports. */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { parser } from '@prometheus-io/lezer-promql';
import type { MetricMeter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMetrics } from '../../src/worker/metrics.js';
import { type Bench, openClusterBench, type Running } from '../cli/support.js';
import { inOrder } from '../support/book.js';
import { LONG } from '../support/random.js';
import { until } from '../support/until.js';

interface Target {
  readonly expr: string;
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly Target[];
}

interface Variable {
  readonly name: string;
  readonly definition?: string;
}

const dashboard = JSON.parse(readFileSync('deploy/grafana/rookery.json', 'utf8')) as {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
};
const targets = dashboard.panels.flatMap((panel) => panel.targets);
/** What Grafana puts in before it sends a query. */
const sent = ({ expr }: Target): string => expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.*');

/** Names of the syntax tree, with their text. */
function nodesOf(query: string, wanted: string): string[] {
  const found: string[] = [];
  parser.parse(query).iterate({
    enter: ({ name, from, to }) => {
      if (name === wanted || (wanted === 'error' && name === '⚠')) found.push(query.slice(from, to));
    },
  });
  return found;
}

test('every panel has a title, a description, a place of its own and queries of the chosen source', () => {
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  for (const { title, description, gridPos, targets: own } of dashboard.panels) {
    expect([title, description.length > 10, gridPos.x + gridPos.w <= 24]).toEqual([title, true, true]);
    expect(new Set(own.map(({ refId }) => refId)).size).toBe(own.length);
    for (const { datasource } of own)
      expect(datasource).toEqual({ type: 'prometheus', uid: expect.stringMatching(/^\$\{datasource\}$/) });
  }
  const used = targets
    .flatMap(({ expr }) => expr.match(/\$(?!__)\{?\w+/g) ?? [])
    .map((name) => name.replace(/[${]/g, ''));
  const defined = dashboard.templating.list.map(({ name }) => name);
  expect(defined).toEqual(expect.arrayContaining([...new Set(used)]));
});

test('every query is PromQL, and a counter is never shown without a rate', () => {
  expect(nodesOf('sum(rate(a[1m])', 'error')).not.toEqual([]);
  for (const target of targets) expect([target.expr, nodesOf(sent(target), 'error')]).toEqual([target.expr, []]);
});

/** Kinds of the instruments that a worker makes, by name. */
function instruments(): ReadonlyMap<string, string> {
  const made = new Map<string, string>();
  const instrument = { add: () => undefined, set: () => undefined, record: () => undefined };
  const create = (kind: string) => (name: string) => {
    made.set(name, kind);
    return instrument;
  };
  const meter = {
    createCounter: create('counter'),
    createGauge: create('gauge'),
    createHistogram: create('histogram'),
  };
  createMetrics(() => meter as unknown as MetricMeter).takeActiveRuns(1);
  return made;
}

/** A worker sets them once a minute: quick runs do not wait for it. */
const SLOW: ReadonlyMap<string, string> = new Map(
  LONG ? [] : [...instruments()].filter(([name]) => /^rookery_(working|kept)_/.test(name)),
);

describe('a worker', () => {
  let bench: Bench;
  let worker: Running;
  let exported = '';
  const typeOf = (metric: string): string | undefined =>
    SLOW.get(metric) ??
    exported.match(new RegExp(`^# TYPE ${metric.replace(/_(bucket|sum|count)$/, '')} (\\w+)$`, 'm'))?.[1];

  beforeAll(async () => {
    bench = await openClusterBench();
    const port = await freePort();
    const flags = bench.model(
      inOrder(
        { calls: [{ id: 'a', name: 'write_file', args: { path: 'a.txt', content: 'x' } }] },
        { content: 'Done.' },
      ),
    );
    worker = bench.spawn(['worker', '--metrics', String(port)]);
    await until(() => worker.stderr().includes('worker ready'), { what: 'the worker is ready', timeoutMs: 60_000 });
    const id = await bench.submit(['--allow', 'write', '--no-start', ...flags]);
    expect(await bench.run(['wait', id, '--no-start'])).toMatchObject({ code: 0 });
    const names = targets.flatMap((target) => nodesOf(sent(target), 'Identifier'));
    const all = async (): Promise<boolean> => {
      exported = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return names.every((name) => typeOf(name) !== undefined);
    };
    await until(all, { what: 'the metrics are there', timeoutMs: 90_000 }).catch(() => undefined);
  }, 180_000);
  afterAll(() => bench.close());

  test('exports every metric of the dashboard, of the kind that the query takes it for', () => {
    const used = targets.map((target) => {
      const [name = ''] = nodesOf(sent(target), 'Identifier');
      const isHistogram = name.endsWith('_bucket');
      const isCounter = /\b(rate|increase)\(/.test(target.expr);
      return [name, isHistogram ? 'histogram' : isCounter ? 'counter' : 'gauge'];
    });
    expect(used.map(([name = '']) => [name, typeOf(name)])).toEqual(used);
    for (const { definition } of dashboard.templating.list) {
      const metric = definition?.match(/label_values\((\w+),/)?.[1];
      if (metric !== undefined) expect([metric, typeOf(metric)]).toEqual([metric, 'gauge']);
    }
  });

  test('gives them the labels that the queries group and select by', () => {
    const labels = new Set([...exported.matchAll(/[{,](\w+)="/g)].map(([, name]) => name));
    // Prometheus adds these two.
    for (const label of ['job', 'instance']) labels.add(label);
    const wanted = targets.flatMap((target) => nodesOf(sent(target), 'LabelName'));
    expect(wanted.filter((label) => !labels.has(label))).toEqual([]);
  });
});

// ---

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
