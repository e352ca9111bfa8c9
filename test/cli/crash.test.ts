/** What a kill -9 leaves: of a submit, of the server, of everything. Nothing is lost, and nothing is asked for twice. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VerbOutcome } from '../../src/manager/context.js';
import type { Listed } from '../../src/manager/list.js';
import { serverFiles } from '../../src/server/files.js';
import { readState } from '../../src/server/state.js';
import { inOrder, type ModelScript } from '../support/book.js';
import { heldReply } from '../support/held.js';
import { scriptedAgent } from '../support/llm-server.js';
import { chance, LONG, SEEDS } from '../support/random.js';
import { until } from '../support/until.js';
import { type Bench, linesOf, openBench, openClusterBench, type Ran } from './support.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const STEPS = 6;
/** Works for some seconds. */
const slowly = (): ModelScript => {
  const agent = scriptedAgent({
    iterations: STEPS - 1,
    callFor: (n) => ({ name: 'search_files', args: { pattern: `step ${n}` } }),
    final: 'Finished.',
  });
  return (request) => ({ ...agent(request), delayMs: 500 });
};
const idIn = ({ stderr }: { stderr: string }): string => /^Task (\S+)$/m.exec(stderr)?.[1] ?? '';

async function serverPid(): Promise<number> {
  return (await readState(serverFiles(bench.paths.workdir)))?.pid ?? Number.NaN;
}

function workerPid(): number {
  return (JSON.parse(readFileSync(bench.paths.workerState, 'utf8')) as { pid: number }).pid;
}

/** Replies before each request, in the order of the requests: which step it asks for. */
function stepsAsked(flags: readonly string[]): number[] {
  const model = flags[flags.indexOf('--model') + 1] ?? '';
  return bench.book.requestsOf(model).map(({ messages }) => messages.filter(({ role }) => role === 'assistant').length);
}

async function finishes(id: string): Promise<void> {
  const ran = await bench.run(['wait', id, '--timeout', '60s'], { timeoutMs: 90_000 });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
}

test('a worker that was killed is followed by another at once, also while the server of a cluster remembers it', async () => {
  const there = await openClusterBench();
  const up = async (): Promise<number> => {
    const { stderr } = await there.run(['up', '-d']);
    return Number(/^Worker started \(process (\d+)\)/m.exec(stderr)?.[1]);
  };
  const id = await there.submit(['--provider', 'demo']);
  expect(await there.run(['wait', id])).toMatchObject({ code: 0 });
  const first = (JSON.parse(readFileSync(there.paths.workerState, 'utf8')) as { pid: number }).pid;
  process.kill(first, 'SIGKILL');
  const second = await up();
  expect(second).toBeGreaterThan(0);
  expect(second).not.toBe(first);
  // It is the one that works now.
  expect(await up()).toBeNaN();
  await there.close();
});

test('where the usual ports are taken the server gets others', async () => {
  const guests = await Promise.all([7233, 8233].map(occupy));
  const { address, url } = await bench.json<{ address: string; url: string }>(['up', '-d']);
  expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(address).not.toMatch(/:7233$/);
  expect(url).not.toContain(':8233/');
  expect((await fetch(url)).status).toBe(200);
  for (const guest of guests) guest?.close();
});

describe('a submit that is killed half-way', () => {
  test('leaves nothing, or a task that resume starts once', async () => {
    const seed = SEEDS[1] ?? 2;
    const { next } = chance(seed);
    const begun = Date.now();
    await bench.submit(bench.model(inOrder({ content: 'For the clock.' })));
    const usual = Date.now() - begun;
    const killed: { flags: string[]; ran: Ran }[] = [];
    for (let n = 0; n < (LONG ? 40 : 5); n++) {
      const flags = bench.model(inOrder({ content: 'Here.' }));
      const before = inputs();
      const submit = bench.spawn(['submit', ...flags, 'Half-way.']);
      // Every other one dies as soon as its input is there; the rest at any moment of its second half.
      if (n % 2 === 0) await soon(() => inputs().length > before.length || submit.child.exitCode !== null);
      else await moment(usual * (0.5 + next() / 2));
      submit.kill('SIGKILL');
      killed.push({ flags, ran: await submit.ended });
    }
    const halves = inputs().filter((id) => !existsSync(bench.paths.task(id)));
    const { results } = await bench.json<{ results: VerbOutcome[] }>(['resume']);
    const resumed = results.map(({ id }) => id);
    expect(resumed, `seed ${seed}`).toEqual(expect.arrayContaining(halves));
    for (const id of inputs()) await finishes(id);
    const { tasks } = await bench.json<Listed>(['list']);
    expect(new Set(tasks.map(({ status }) => status))).toEqual(new Set(['Completed']));
    const left = tasks.filter(({ prompt }) => prompt === 'Half-way.');
    expect(left.length, 'some died after their input was written').toBeGreaterThanOrEqual(1);
    // Each task that is there was worked on once; what has printed its id is there.
    const worked = killed.map(({ flags }) => bench.requests(flags));
    expect(worked.toSorted()).toEqual(killed.map((_, n) => (n < killed.length - left.length ? 0 : 1)));
    for (const { ran } of killed) {
      if (ran.stdout !== '') expect(left.map(({ id }) => id)).toContain(ran.stdout.trim());
    }
    expect((await bench.run(['resume', '--json'])).stdout).toBe('{"results":[]}\n');
  });
});

test('a server that dies during run: 6 within a minute, with a sentence; after up the task completes', async () => {
  const flags = bench.model(slowly());
  const running = bench.spawn(['run', ...flags, 'Work.'], { timeoutMs: 60_000 });
  await until(() => bench.requests(flags) >= 2, { what: 'it has begun' });
  process.kill(await serverPid(), 'SIGKILL');
  const ran = await running.ended;
  expect(ran, ran.stderr).toMatchObject({ code: 6, stdout: '' });
  const id = idIn(ran);
  const sentence = `The Temporal server no longer responds. Run \`rookery up -d\`, then \`rookery follow ${id}\`.`;
  expect(ran.stderr.trimEnd().split('\n').at(-1)).toBe(sentence);
  expect(bench.file(id).status).toBe('Running');
  expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
  await finishes(id);
  expect(bench.file(id)).toMatchObject({ status: 'Completed', result: 'Finished.', iterations: STEPS });
  expectOneRepeat(stepsAsked(flags));
});

test('follow outlives a server that is killed and comes back: every event once', async () => {
  const held = heldReply(['It begins.', ' It ends.']);
  const flags = bench.model(inOrder({ calls: [{ id: 'a', name: 'list_files', args: {} }] }, held.reply));
  const id = await bench.submit(flags);
  const following = bench.spawn(['follow', '--json', id]);
  held.release(1);
  await until(() => following.stdout().includes('It begins.'), { what: 'the text shows' });
  process.kill(await serverPid(), 'SIGKILL');
  expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
  held.finish();
  const ran = await following.ended;
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  const late = linesOf((await bench.run(['follow', '--json', id])).stdout);
  expect(linesOf(ran.stdout).filter(({ type }) => type !== 'text')).toStrictEqual(late);
  expect(late.map(({ type }) => type)).toEqual(['submitted', 'iteration', 'call', 'result', 'iteration', 'end']);
});

test('everything is killed; after up -d the task finishes where it was, and no accepted reply is asked for again', async () => {
  const flags = bench.model(slowly());
  const running = bench.spawn(['run', ...flags, 'Work.']);
  await until(() => bench.requests(flags) >= 4, { what: 'it is half done' });
  const id = idIn({ stderr: running.stderr() });
  const pids = [await serverPid(), workerPid()];
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  running.kill('SIGKILL');
  await running.ended;
  const cut = bench.file(id);
  expect(cut.status).toBe('Running');
  expect(cut.iterations).toBeGreaterThanOrEqual(2);

  const up = await bench.run(['up', '-d']);
  expect(up, up.stderr).toMatchObject({ code: 0 });
  expect([await serverPid(), workerPid()].filter((pid) => pids.includes(pid))).toEqual([]);
  await finishes(id);
  expect(bench.file(id)).toMatchObject({ status: 'Completed', result: 'Finished.', iterations: STEPS });
  const asked = stepsAsked(flags);
  expectOneRepeat(asked);
  expect(asked.slice(4).every((step) => step >= cut.iterations)).toBe(true);
  const { tasks } = await bench.json<Listed>(['list']);
  expect(tasks.filter(({ status }) => status !== 'Completed')).toEqual([]);
});

// ---

/** Each step once; only the one that was cut off may be asked for a second time. */
function expectOneRepeat(asked: readonly number[]): void {
  expect([...new Set(asked)]).toEqual(Array.from({ length: STEPS }, (_, n) => n));
  expect(asked).toEqual(asked.toSorted());
  expect(asked.length).toBeLessThanOrEqual(STEPS + 1);
}

/** Signed inputs: what a submit writes first. */
function inputs(): string[] {
  if (!existsSync(bench.paths.side)) return [];
  return readdirSync(bench.paths.side).filter((name) => /^[0-9a-f-]{36}$/.test(name));
}

/** As `until`, but looks without pause: the moment that it waits for is short. */
async function soon(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the moment did not come within the deadline');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function moment(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** @returns undefined when another process has it */
function occupy(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1' }, () => resolve(server));
  });
}
