/** The events of a task, on the server that TEMPORAL_ADDRESS names: each exactly once, and valid by the shipped schema. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { FollowEvent } from '../../src/manager/follow.js';
import type { StatusObject } from '../../src/manager/status-object.js';
import { inOrder } from '../support/book.js';
import { scriptedAgent } from '../support/llm-server.js';
import { until } from '../support/until.js';
import { expectEvents, expectStatus } from './schemas.js';
import { type Bench, linesOf, openClusterBench } from './support.js';

let bench: Bench;
/** A completed task, and its events as `follow --json` gave them. */
let id: string;
let events: FollowEvent[];

beforeAll(async () => {
  bench = await openClusterBench();
});
afterAll(() => bench.close());

const call = (n: number) => [
  { name: 'list_files', args: { path: '.' } },
  { name: 'search_files', args: { pattern: `nothing ${n}` } },
];
const agent = (final = 'All done.') => bench.model(scriptedAgent({ iterations: 2, callFor: call, final }));
const follow = async (...args: string[]): Promise<FollowEvent[]> => {
  const ran = await bench.run(['follow', '--json', ...args]);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return linesOf<FollowEvent>(ran.stdout);
};
const withoutText = (all: readonly FollowEvent[]) => all.filter(({ type }) => type !== 'text');

test('the first line on stderr names the server that TEMPORAL_ADDRESS names, and only a worker is started', async () => {
  const ran = await bench.run(['submit', ...agent(), 'Look around.\nTwice.']);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  id = ran.stdout.trim();
  const [first, ...rest] = ran.stderr.trimEnd().split('\n');
  expect(first).toBe(`Temporal server ${inject('temporal').address}, from TEMPORAL_ADDRESS`);
  expect(rest).toEqual([expect.stringContaining('Worker started')]);
});

test('follow --json gives every event once, in order, and ends with the status object', async () => {
  events = await follow(id);
  expectEvents(events);
  const round = (n: number) => ['iteration', 'call', 'call', 'result', 'result'].map((type) => `${type} ${n}`);
  const named = events.map((event) =>
    ('cursor' in event && 'calls' in event) || 'call' in event ? `${event.type} ${event.iteration}` : event.type,
  );
  expect(named).toEqual(['submitted', ...round(1), ...round(2), 'iteration 3', 'end']);
  expect(events[0]).toMatchObject({ id, prompt: 'Look around.\nTwice.' });
  expect(events[1]).toMatchObject({ provider: 'litellm', content: '', calls: 2, usage: { total_tokens: 15 } });
  expect(events[3]).toMatchObject({ tool: 'search_files', args: { pattern: 'nothing 0' } });
  expect(events[5]).toMatchObject({ tool: 'search_files', outcome: 'ok', call: (events[3] as { call: string }).call });
  const { type: _, cursor: _c, time: _t, ...status } = events.at(-1) as Extract<FollowEvent, { type: 'end' }>;
  expectStatus(status);
  expect(status).toStrictEqual(await bench.json<StatusObject>(['status', id]));
});

test('--since gives exactly the rest, for the cursor of every event', async () => {
  const cursors = events.map((event) => ('cursor' in event ? event.cursor : ''));
  expect(new Set(cursors).size).toBe(events.length);
  const rests = async (from: number): Promise<void> => {
    for (let n = from; n < cursors.length; n += 3) {
      expect(await follow(id, '--since', cursors[n] ?? ''), `since event ${n}`).toStrictEqual(events.slice(n + 1));
    }
  };
  await Promise.all([rests(0), rests(1), rests(2)]);
});

test('what is not a cursor is refused', async () => {
  const ran = await bench.run(['follow', id, '--since', 'yesterday']);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain("'yesterday' is not a cursor. Give the cursor of an event.");
});

test('two readers of a running task both get each event once, and text while it is generated', async () => {
  const unfinished = { content: 'one two three', after: 'hang' as const };
  const flags = bench.model(inOrder({ calls: [{ id: 'c', name: 'list_files', args: {} }] }, unfinished));
  const task = await bench.submit(flags);
  const readers = [bench.spawn(['follow', '--json', task]), bench.spawn(['follow', '--json', task])];
  const seen = (): boolean => readers.every((reader) => reader.stdout().includes('"type":"text"'));
  await until(seen, { what: 'both have seen text' });
  expect(await bench.run(['cancel', task])).toMatchObject({ code: 0 });
  const late = linesOf<FollowEvent>((await bench.run(['follow', '--json', task])).stdout);
  expect(late.map(({ type }) => type)).toEqual(['submitted', 'iteration', 'call', 'end']);
  for (const { ended } of readers) {
    const { code, stdout } = await ended;
    const lines = linesOf<FollowEvent>(stdout);
    expect(code).toBe(3);
    expectEvents(lines);
    for (const event of lines) if (event.type === 'text') expect('one two three').toContain(event.text);
    expect(withoutText(lines)).toStrictEqual(late);
  }
});

test('run --json prints the same events, the last of them the end', async () => {
  const ran = await bench.run(['run', '--json', ...agent(), 'Look around.']);
  const lines = linesOf<FollowEvent>(ran.stdout);
  expect(ran.code).toBe(0);
  expect(lines.at(-1)).toMatchObject({ type: 'end', status: 'Completed', result: 'All done.' });
  const { id: task } = lines.at(-1) as StatusObject;
  expect(withoutText(lines)).toStrictEqual(await follow(task));
});

describe('for people', () => {
  test('follow prints the events on stdout as lines, and the answer last', async () => {
    const ran = await bench.run(['follow', id]);
    expect(ran.code).toBe(0);
    const lines = ran.stdout.trimEnd().split('\n');
    expect(lines[0]).toBe(`submitted ${id}: Look around.`);
    expect(lines[1]).toMatch(/^iteration 1 · scripted-\d+ · 2 calls · 15 tokens$/);
    expect(lines[2]).toBe('  run list_files {"path":"."}');
    expect(lines[4]).toMatch(/^ {2}✓ list_files: /);
    expect(lines.slice(-2)).toEqual(['completed', 'All done.']);
  });

  test('an answer cannot drive the terminal: its control characters are shown, not sent', async () => {
    const task = await bench.submit(agent('\u001b]0;mine\u0007\u001b[2Jgone\u009b1m'));
    expect((await bench.run(['follow', task])).stdout).toContain('\\u001b]0;mine\\u0007\\u001b[2Jgone\\u009b1m');
    expect((await bench.run(['status', task])).stdout).toContain('\\u001b[2Jgone');
    expect(bench.file(task).result).toContain('\u001b[2Jgone');
  });
});

describe('ends', () => {
  test('a failed task: the words of the provider, exit code 1', async () => {
    const body = { error: { message: 'no such model' } };
    const flags = bench.model(inOrder({ status: 404, body }));
    const ran = await bench.run(['run', '--json', ...flags, 'Fail.']);
    const lines = linesOf<FollowEvent>(ran.stdout);
    expect(ran.code).toBe(1);
    expectEvents(lines);
    expect(lines.at(-1)).toMatchObject({
      type: 'end',
      status: 'Failed',
      error: expect.stringContaining('no such model'),
    });
    const human = await bench.run(['follow', (lines.at(-1) as StatusObject).id]);
    expect(human.code).toBe(1);
    expect(human.stdout).toMatch(/\nfailed\n.*\(404\): no such model\n$/);
  });

  test('a cancelled task: exit code 3', async () => {
    const task = await bench.submit(bench.model(inOrder({ hang: true })));
    const following = bench.spawn(['follow', '--json', task]);
    await until(() => following.stdout().includes('submitted'), { what: 'it follows' });
    expect((await bench.run(['cancel', task])).code).toBe(0);
    const ran = await following.ended;
    expect(ran.code).toBe(3);
    expect(linesOf<FollowEvent>(ran.stdout).at(-1)).toMatchObject({ type: 'end', status: 'Cancelled' });
  });
});
