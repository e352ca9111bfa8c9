/** Background commands of the shell tool, alone and in a sandbox: their handle, output, end, bounds and interruption. */
import { randomUUID } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test as base, beforeEach, describe, expect } from 'vitest';
import { FIXED } from '../../src/domain/limits.js';
import { findMarked, killMarked } from '../../src/processes/kill-tree.js';
import { type BackgroundCommands, createBackgroundCommands } from '../../src/tools/background/commands.js';
import { sandboxHere } from '../support/sandbox.js';
import { until } from '../support/until.js';
import { type Bench, createBench } from './context.js';

const here = await sandboxHere();
const WAYS = [
  { sandbox: undefined, why: '', name: 'without a sandbox' },
  { ...here, name: `in a sandbox${here.why}` },
];

let bench: Bench;
let background: BackgroundCommands;
let claims: string;
/** Marks of processes: other tests have tasks at the same time. */
let [task, otherTask] = ['', ''];
const nextCall = (): string => randomUUID();

describe.each(WAYS.map((way) => [way.name, way] as const))('a background command %s', (_, { sandbox, why }) => {
  const test = base.skipIf(why !== '');
  beforeEach(async () => {
    task = `task-${randomUUID()}`;
    otherTask = `task-${randomUUID()}`;
    const place = await createBench();
    claims = join(place.outside, 'claims');
    await place.clear();
    background = createBackgroundCommands(claims);
    bench = await createBench({ sandbox, background });
  });
  afterEach(async () => {
    await background.stop();
    for (const one of [task, otherTask]) await killMarked({ task: one });
    await bench.clear();
  });

  const start = async (command: string, more: object = {}, of = task): Promise<string> => {
    const call = nextCall();
    const { outcome, content } = await bench.call('shell', { command, background: true, ...more }, { call, task: of });
    expect({ outcome, content }).toMatchObject({ outcome: 'ok', content: expect.stringContaining(call.slice(0, 8)) });
    return call.slice(0, 8);
  };
  const output = (handle: string, more: object = {}, call = nextCall()) =>
    bench.call('shell_output', { handle, ...more }, { call, task });

  test('runs on while its output is read in pieces, and tells how it ended', async () => {
    const handle = await start('echo one; while [ ! -e go ]; do sleep 0.05; done; echo two; exit 3');
    const first = await until(
      async () => {
        const { content } = await output(handle);
        return content.startsWith('one\n') && content;
      },
      { what: 'the first line' },
    );
    expect(first).toMatch(/^one\n\[still running, after \d+ s\]$/);
    await bench.call('shell', { command: 'touch go' }, { call: nextCall(), task });
    expect(await output(handle, { wait_secs: 300 })).toEqual({ outcome: 'failed', content: 'two\n[exit code 3]' });
    expect(await output(handle)).toEqual({ outcome: 'failed', content: '[exit code 3]' });
  });

  test('the same call of shell_output gets the same output again', async () => {
    const handle = await start('echo once');
    const call = nextCall();
    const first = await output(handle, { wait_secs: 300 }, call);
    expect(first).toEqual({ outcome: 'ok', content: 'once\n[exit code 0]' });
    expect(await output(handle, {}, call)).toEqual(first);
    expect(await output(handle)).toEqual({ outcome: 'ok', content: '[exit code 0]' });
  });

  test('shell_kill ends it with all its processes, and again changes nothing', async () => {
    const handle = await start('setsid sleep 600 & echo up; wait');
    await until(() => findMarked({ task }).length >= 2, { what: 'it runs' });
    const kill = () => bench.call('shell_kill', { handle }, { call: nextCall(), task });
    expect(await kill()).toEqual({ outcome: 'ok', content: `${handle} was ended.` });
    expect(findMarked({ task })).toEqual([]);
    expect(await kill()).toEqual({ outcome: 'ok', content: `${handle} had ended before.` });
    expect((await output(handle)).content).toContain('[ended by shell_kill]');
  });

  test('keeps the beginning and the end of a long output in a bounded file', async () => {
    const handle = await start('echo first; yes 0123456789abcdef | head -c 3000000; echo last');
    const { content } = await output(handle, { wait_secs: 300 });
    expect(content).toMatch(/^first\n0123456789abcdef\n/);
    expect(content).toMatch(/\[… \d{7} bytes left out; .*\]\n[\s\S]*last\n\[exit code 0\]$/);
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(FIXED.toolOutputBytes);
    const directory = join(claims, task);
    const sizes = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(FIXED.backgroundBytes + 16);
  });

  test('a task has a limited number of them, and sees none of another task', async () => {
    const handles: string[] = [];
    while (handles.length < FIXED.backgroundCommands) handles.push(await start('sleep 600'));
    const more = { command: 'touch ran', background: true };
    const refused = await bench.call('shell', more, { call: nextCall(), task });
    expect(refused).toMatchObject({ outcome: 'failed', content: expect.stringContaining(handles[0] ?? '') });
    expect(readdirSync(bench.workspace)).not.toContain('ran');
    const other = await start('sleep 600', {}, otherTask);
    expect((await output(other)).content).toContain(`This task has no background command '${other}'`);
    await background.endTask(task);
    expect(findMarked({ task })).toEqual([]);
    expect(findMarked({ task: otherTask })).not.toEqual([]);
  });

  test('is read and ended by another worker of the host too', async () => {
    const handle = await start('echo from the first; sleep 600');
    const second = await createBench({ background: createBackgroundCommands(claims) });
    const content = async () => (await second.call('shell_output', { handle }, { call: nextCall(), task })).content;
    await until(async () => (await content()).includes('still running'), { what: 'it is seen' });
    expect(await second.call('shell_kill', { handle }, { call: nextCall(), task })).toMatchObject({ outcome: 'ok' });
    expect(findMarked({ task })).toEqual([]);
    await second.clear();
  });

  test('ends with its task also where another worker of the host records that end', async () => {
    const handle = await start('sleep 600');
    await until(() => findMarked({ task }).length > 0, { what: 'it runs' });
    await createBackgroundCommands(claims).endTask(task);
    expect(findMarked({ task })).toEqual([]);
    expect(await output(handle)).toEqual({ outcome: 'failed', content: '[ended with its task]' });
  });

  test('says in its end what the sandbox hid or refused', async () => {
    const handle = await start('echo "curl: (6) Could not resolve host: registry.npmjs.org"; exit 6');
    const { content } = await output(handle, { wait_secs: 300 });
    expect(content.includes('[no network in the sandbox; registry.npmjs.org was asked for')).toBe(
      sandbox !== undefined,
    );
    expect(content).toMatch(/\[exit code 6\]$/);
  });

  test('has the time that it was given, up to the limit of the task', async () => {
    const call = nextCall();
    const args = { command: 'sleep 600', background: true, timeout_secs: 700 };
    const { content } = await bench.call('shell', args, { call, task, maxCommandMs: 1_000 });
    expect(content).toMatch(/\[timeout_secs 700 is above the limit of this task: the command was given 1 s\]$/);
    const { content: ended } = await output(call.slice(0, 8), { wait_secs: 300 });
    expect(ended).toBe('[timeout: the command was ended after 1 s]');
  });
});

base('a note without an end, whose worker is dead, is told as interrupted', async () => {
  const place = await createBench();
  const commands = createBackgroundCommands(join(place.outside, 'claims'));
  const owner = { pid: 2 ** 22 + 1, started: 'long ago' };
  await commands.records.write('task-1', { call: 'deadcall-1', command: 'make', owner, at: Date.now() });
  const reader = await createBench({ background: commands });
  const read = () => reader.call('shell_output', { handle: 'deadcall' }, { call: nextCall() });
  const told = { outcome: 'failed', content: expect.stringMatching(/^\[interrupted, outcome unknown: /) };
  expect(await read()).toEqual(told);
  await commands.recover();
  expect(await read()).toEqual(told);
  await Promise.all([place.clear(), reader.clear()]);
});
