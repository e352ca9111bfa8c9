/** `rookery worker` in operation: its endpoints, its limits, and what it says when one of them cannot be. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { choosePorts } from '../../src/server/ports.js';
import { inOrder } from '../support/book.js';
import { until } from '../support/until.js';
import { type Bench, openClusterBench, type Running } from './support.js';

const benches: Bench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((bench) => bench.close()));
});

async function openOne(): Promise<Bench> {
  const bench = await openClusterBench();
  benches.push(bench);
  return bench;
}

const TOOL = `
import { defineTool } from 'rookery';
import { z } from 'zod';
export const more = defineTool({
  name: 'more', description: 'Of the test.', input: z.strictObject({}), effect: 'read',
  async run() { return { outcome: 'ok', content: 'more' }; },
});
`;
const list = { calls: [{ id: 'a', name: 'list_files', args: {} }] };

async function runTask(bench: Bench): Promise<void> {
  const ran = await bench.run(['run', '--no-start', ...bench.model(inOrder(list, { content: 'Done.' })), 'Do it.']);
  expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: 'Done.\n' });
}

async function ready(worker: Running, address: string): Promise<void> {
  const isReady = () =>
    fetch(`http://${address}/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await Promise.race([
    until(isReady, { what: `/ready at ${address}` }),
    worker.ended.then(({ stderr }) => Promise.reject(new Error(`the worker ended: ${stderr}`))),
  ]);
}

/** Names in the first column of the table of metrics. */
function documented(): string[] {
  const section = readFileSync('docs/operations.md', 'utf8').split('\n## Metrics\n')[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `(rookery_\w+)`/gm)].map(([, name = '']) => name);
}

test('Prometheus reads the metrics of the SDK and every documented one of ours, with the limits that were given', async () => {
  const bench = await openOne();
  const { frontend, ui } = await choosePorts([]);
  const [metrics, health] = [`127.0.0.1:${frontend}`, `127.0.0.1:${ui}`];
  const limits = ['--max-activities', '3', '--max-workflow-tasks', '4', '--max-cached-workflows', '50'];
  const worker = bench.spawn(['worker', '--metrics', String(frontend), '--health', String(ui), ...limits]);
  await ready(worker, health);
  await runTask(bench);
  const read = async () => (await fetch(`http://${metrics}/metrics`)).text();
  const text = await read();
  const names = new Set([...text.matchAll(/^# TYPE (rookery_\w+)/gm)].map(([, name]) => name));
  // These two are set once a minute.
  const later = ['rookery_working_tasks', 'rookery_kept_workflows'];
  expect([...names].sort()).toEqual(
    documented()
      .filter((name) => !later.includes(name))
      .sort(),
  );
  expect(text).toMatch(/^rookery_model_requests\{[^}]*outcome="reply",provider="litellm"[^}]*\} 2$/m);
  expect(text).toMatch(/^rookery_events\{[^}]*outcome="completed"[^}]*type="agent_finish"[^}]*\} 1$/m);
  expect(text).toMatch(/^temporal_worker_task_slots_available\{[^}]*worker_type="ActivityWorker"[^}]*\} 3$/m);
  expect(text).toMatch(/^temporal_worker_task_slots_available\{[^}]*worker_type="WorkflowWorker"[^}]*\} 4$/m);
  worker.kill('SIGTERM');
  expect((await worker.ended).code).toBe(0);
});

test('a collector gets the metrics by OTLP, with the headers of the variables', async () => {
  const bench = await openOne();
  const got: { url: string | undefined; team: unknown; body: Buffer }[] = [];
  const collector = createServer(async (request: IncomingMessage, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    got.push({ url: request.url, team: request.headers['x-team'], body: Buffer.concat(pieces) });
    response.end();
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const { frontend: health } = await choosePorts([]);
  const env = {
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=a%20b',
    OTEL_METRIC_EXPORT_INTERVAL: '100',
    OTEL_SERVICE_NAME: 'team-of-this-test',
  };
  const worker = bench.spawn(['worker', '--otlp', url, '--health', String(health)], { env });
  await ready(worker, `127.0.0.1:${health}`);
  await runTask(bench);
  await until(() => got.some(({ body }) => body.includes('rookery_model_requests')), { what: 'our metrics have come' });
  expect(got.some(({ body }) => body.includes('temporal_'))).toBe(true);
  expect(got.every(({ body }) => body.includes('team-of-this-test'))).toBe(true);
  expect(new Set(got.map((one) => one.url))).toEqual(new Set(['/v1/metrics']));
  expect(new Set(got.map(({ team }) => team))).toEqual(new Set(['a b']));
  worker.kill('SIGTERM');
  expect((await worker.ended).code).toBe(0);
  collector.closeAllConnections();
  collector.close();
});

test('a tuner by resources runs tasks, and settings of the file count', async () => {
  const bench = await openOne();
  const { frontend: health } = await choosePorts([]);
  await writeFile(
    join(bench.workspace, 'rookery.toml'),
    `[worker]\nhealth = ${health}\ntuner = "resource"\ntarget_cpu = 95\n`,
  );
  expect((await bench.run(['config', '--trust'])).code).toBe(0);
  const worker = bench.spawn(['worker', '--target-memory', '95', '--max-activities', '10']);
  await ready(worker, `127.0.0.1:${health}`);
  await runTask(bench);
  worker.kill('SIGTERM');
  expect((await worker.ended).code).toBe(0);
});

test('right after down, up starts a worker again, although the server still lists the one before', async () => {
  const bench = await openOne();
  for (const round of [1, 2]) {
    const up = await bench.run(['up', '-d']);
    expect({ round, ...up }).toMatchObject({ code: 0, stderr: expect.stringContaining('Worker started') });
    expect(await bench.run(['down'])).toMatchObject({ code: 0 });
  }
});

test('a worker that is started anew for more tools keeps its endpoints', async () => {
  const bench = await openOne();
  const { frontend: health } = await choosePorts([]);
  const worker = bench.spawn(['worker', '--health', String(health)]);
  await ready(worker, `127.0.0.1:${health}`);
  const tools = join(bench.workspace, 'more.ts');
  await writeFile(tools, TOOL);
  const ran = await bench.run(['run', '--tools', tools, ...bench.model(inOrder({ content: 'Done.' })), 'Do it.']);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(ran.stderr).toContain('Restarting the worker with the requested tools');
  expect((await worker.ended).code).toBe(0);
  await until(
    () =>
      fetch(`http://127.0.0.1:${health}/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    { what: 'the new worker is ready' },
  );
  expect((await bench.run(['down'])).code).toBe(0);
});

test.each([
  [['--metrics', '99999'], 2, /--metrics takes a port, or an IP address and a port, not '99999'/],
  [['--tuner', 'auto'], 2, /--tuner takes fixed or resource/],
  [['--build-id', '1'], 2, /--build-id needs --deployment-name/],
  [['--health', '192.0.2.1:8081'], 6, /--health cannot listen on 192\.0\.2\.1:8081.*Give another port or address/s],
  [['--metrics', '192.0.2.1:9464'], 6, /--metrics cannot listen on 192\.0\.2\.1:9464.*Give another port or address/s],
])('%j ends it with %i and a sentence', async (flags, code, sentence) => {
  const bench = await openOne();
  const ran = await bench.run(['worker', ...flags]);
  expect(ran.code, ran.stderr).toBe(code);
  expect(ran.stderr).toMatch(sentence);
});

test('a variable of other programs that this worker cannot use is said in its log, and keeps no task from running', async () => {
  const bench = await openOne();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' };
  const ran = await bench.run(['run', ...bench.model(inOrder({ content: 'Done.' })), 'Do it.'], { env });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  const { stdout } = await bench.run(['logs']);
  expect(stdout).toContain('no metrics are exported: OTEL_EXPORTER_OTLP_ENDPOINT is not a plain http or https address');
  await bench.run(['down']);
});
