/** Leaving a task and coming back to it: timeouts, Ctrl-C, waiting for a person, cancel, resume. One server for all. */
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toWire } from '../../src/domain/wire.js';
import type { VerbOutcome } from '../../src/manager/context.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import type { StatusObject } from '../../src/manager/status-object.js';
import { inOrder, type ModelScript } from '../support/book.js';
import { until } from '../support/until.js';
import { expectEvents } from './schemas.js';
import { type Bench, linesOf, openBench, type Ran } from './support.js';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
  expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
});
afterAll(() => bench.close());

const answer = { content: 'At last.' };
const slow = () => bench.model(inOrder({ ...answer, delayMs: 2_500 }));
const refusal = { status: 401, body: { error: { message: 'wrong key' } } };
const idIn = ({ stderr }: { stderr: string }): string => /^Task (\S+)$/m.exec(stderr)?.[1] ?? '';
const lastLine = ({ stderr }: Ran): string => stderr.trimEnd().split('\n').at(-1) ?? '';

/** Refuses until the door is opened. */
function door(): { script: ModelScript; open(): void } {
  let shut = true;
  const open = (): void => {
    shut = false;
  };
  return { script: () => (shut ? refusal : answer), open };
}

async function completes(id: string): Promise<void> {
  const ran = await bench.run(['wait', id, '--timeout', '30s']);
  expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: `${id}  completed\n` });
  expect(bench.file(id)).toMatchObject({ status: 'Completed', result: 'At last.', iterations: 1 });
}

describe('run is left', () => {
  test('by --timeout with 124: the last line says how to come back, and the task continues', async () => {
    const flags = slow();
    const ran = await bench.run(['run', '--timeout', '1', ...flags, 'Take your time.']);
    expect(ran, ran.stderr).toMatchObject({ code: 124, stdout: '' });
    const id = idIn(ran);
    expect(lastLine(ran)).toBe(`Timed out: task ${id} continues. To follow it: rookery follow ${id}`);
    await completes(id);
    expect(bench.requests(flags)).toBe(1);
  });

  test('by Ctrl-C with 130: the last line says how to come back, and the task continues', async () => {
    const flags = slow();
    const running = bench.spawn(['run', ...flags, 'Take your time.']);
    await until(() => running.stderr().includes('submitted'), { what: 'it follows' });
    running.kill('SIGINT');
    const ran = await running.ended;
    expect(ran, ran.stderr).toMatchObject({ code: 130, stdout: '' });
    const id = idIn(ran);
    expect(lastLine(ran)).toBe(`Detached: task ${id} continues. To follow it: rookery follow ${id}`);
    await completes(id);
    expect(bench.requests(flags)).toBe(1);
  });

  test('as follow and a wait for several ids are: 124 too, and nothing ends', async () => {
    const ids = [
      await bench.submit(bench.model(inOrder({ hang: true }))),
      await bench.submit(bench.model(inOrder({ hang: true }))),
    ];
    const wait = await bench.run(['wait', ...ids, '--timeout', '300ms']);
    expect(wait).toMatchObject({ code: 124, stdout: '', stderr: expect.stringContaining('2 tasks continue') });
    const follow = await bench.run(['follow', ids[0] ?? '', '--json', '--timeout', '500ms']);
    expect(follow.code).toBe(124);
    // On a busy machine the time may be over before the first event is read.
    expect(linesOf(follow.stdout).every(({ type }) => type === 'submitted')).toBe(true);
    expect(await bench.run(['cancel', ...ids])).toMatchObject({ code: 0 });
  });

  test('by its reader: a closed pipe ends it quietly, and the task continues', async () => {
    const flags = slow();
    const running = bench.spawn(['run', '--json', ...flags, 'Take your time.']);
    await until(() => running.stdout().includes('"submitted"'), { what: 'it follows' });
    running.child.stdout?.destroy();
    const ran = await running.ended;
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stderr).not.toMatch(/EPIPE|^\s+at /m);
    await completes(idIn(ran));
  });

  test('a list whose reader is gone at once ends with 0; a run with stderr closed still answers', async () => {
    const list = bench.spawn(['list']);
    list.child.stdout?.destroy();
    expect(await list.ended).toMatchObject({ code: 0, stderr: '' });
    const run = bench.spawn(['run', ...bench.model(inOrder(answer)), 'Answer.']);
    run.child.stderr?.destroy();
    expect(await run.ended).toMatchObject({ code: 0, stdout: 'At last.\n' });
  });
});

describe('a refused key', () => {
  let gate: ReturnType<typeof door>;
  let id: string;

  test('ends run with 4 and says why and how to continue; the task waits and is Running', async () => {
    gate = door();
    const ran = await bench.run(['run', ...bench.model(gate.script), 'Try.']);
    expect(ran, ran.stderr).toMatchObject({ code: 4, stdout: '' });
    id = idIn(ran);
    // Once: the end of the follow does not repeat it.
    expect(ran.stderr.match(/waiting.*wrong key/g)).toHaveLength(1);
    expect(ran.stderr).toContain(`rookery resume ${id.slice(0, 8)}\n`);
    const { status, detail } = await bench.json<StatusObject>(['status', id]);
    expect({ status, ...detail }).toMatchObject({
      status: 'Running',
      phase: 'waiting_person',
      reason: expect.stringContaining('wrong key'),
    });
    expect((await bench.run(['list'])).stdout).toMatch(
      new RegExp(`^Needs you .*\n${id.slice(0, 8)} .* litellm refused a request without a key`, 'm'),
    );
  });

  test('ends the events of follow --json with the waiting status', async () => {
    const ran = await bench.run(['follow', id, '--json']);
    const lines = linesOf(ran.stdout);
    expect(ran.code).toBe(4);
    expectEvents(lines);
    expect(lines.at(-1)).toMatchObject({ type: 'waiting', id, status: 'Running', detail: { phase: 'waiting_person' } });
    expect(lines.at(-2)).toMatchObject({ type: 'waiting', phase: 'waiting_person', cursor: expect.any(String) });
  });

  test('lets wait leave with 4, and with --keep-waiting only by its timeout', async () => {
    const ran = await bench.run(['wait', id, '--json']);
    expect(ran.code).toBe(4);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      results: [
        { id, ok: false, status: 'Running', code: 'waiting_person', message: expect.stringContaining('wrong key') },
      ],
    });
    expect((await bench.run(['wait', id, '--keep-waiting', '--timeout', '1s'])).code).toBe(124);
    expect((await bench.run(['follow', id, '--keep-waiting', '--timeout', '1s'])).code).toBe(124);
  });

  test('once fixed continues after resume; a second resume says that there is nothing to do', async () => {
    gate.open();
    expect(await bench.run(['resume', id])).toMatchObject({ code: 0, stdout: `${id}  running: woken\n` });
    await completes(id);
    const again = await bench.run(['resume', id]);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain("cannot be resumed in status 'completed'");
  });
});

test('resume without ids starts what was written, adopts what is foreign and wakes what waits; --dry-run only says so', async () => {
  const gate = door();
  const waiting = await bench.submit(bench.model(gate.script));
  expect((await bench.run(['wait', waiting])).code).toBe(4);
  gate.open();
  const flags = bench.model(inOrder(answer));
  const [, , , endpoint = '', , model = ''] = flags;
  const manager = await BackgroundTaskManager.open({ workdir: bench.paths.workdir });
  const task = { prompt: 'Mine.', provider: 'litellm', model, endpoint, endpoint_origin: 'user' } as const;
  const { id: written } = await manager.submit(task, { start: false });
  const foreign = { ...bench.file(written), id: 'from-elsewhere', prompt: 'Theirs.' };
  await writeFile(bench.paths.task(foreign.id), toWire(foreign));

  const said = async (...args: string[]) => {
    const { results } = await bench.json<{ results: VerbOutcome[] }>(['resume', ...args, ...flags]);
    return Object.fromEntries(results.map(({ id, message }) => [id, message]));
  };
  const would = {
    [waiting]: 'would be woken',
    [written]: 'would be started',
    'from-elsewhere': expect.stringMatching(/^would be adopted/),
  };
  expect(await said('--dry-run')).toEqual(would);
  expect(await said('--dry-run')).toEqual(would);
  expect(bench.requests(flags)).toBe(0);
  expect(await said()).toEqual({
    [waiting]: 'woken',
    [written]: 'started',
    'from-elsewhere': expect.stringMatching(/^adopted/),
  });
  for (const id of [waiting, written, 'from-elsewhere']) await completes(id);
  expect(bench.requests(flags)).toBe(2);
  expect(await said()).toEqual({});
});

describe('cancel', () => {
  test('returns when the task is cancelled and its tool is dead; again it is 0; of an unknown id 5', async () => {
    const seconds = `${600 + Math.random()}`;
    const call = { id: 'c', name: 'shell', args: { command: `sleep ${seconds}` } };
    const id = await bench.submit(['--allow', 'shell', ...bench.model(inOrder({ calls: [call] }))]);
    const runs = (): boolean => commandLines().some((words) => words.includes(seconds));
    await until(runs, { what: 'the tool runs' });
    expect(await bench.run(['cancel', id])).toMatchObject({ code: 0, stdout: `${id}  cancelled\n` });
    expect(runs()).toBe(false);
    expect(bench.file(id)).toMatchObject({ status: 'Cancelled', error: null });
    const { results } = await bench.json<{ results: VerbOutcome[] }>(['cancel', id]);
    expect(results).toStrictEqual([{ id, ok: true, status: 'Cancelled' }]);
    expect((await bench.run(['cancel', id, 'no-such-task'])).code).toBe(5);
  });

  test('of a task that has ended otherwise is 2; of one that was never started it needs no workflow', async () => {
    const id = await bench.submit(bench.model(inOrder(answer)));
    await completes(id);
    const ran = await bench.run(['cancel', id]);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(`Cannot cancel task '${id}' in status 'completed'`);
    const manager = await BackgroundTaskManager.open({ workdir: bench.paths.workdir });
    const { id: written } = await manager.submit('Never.', { start: false });
    expect((await bench.run(['cancel', written])).code).toBe(0);
    expect(bench.file(written)).toMatchObject({ status: 'Cancelled' });
  });
});

test('wait for several ids ends with the first that applies of 5, 4, 1, 3 and 0', async () => {
  const script = (reply: Parameters<typeof inOrder>[0]) => bench.submit(bench.model(inOrder(reply)));
  const ids = { done: await script(answer), failed: await script({ status: 404 }), waits: await script(refusal) };
  const cancelled = await script({ hang: true });
  expect((await bench.run(['cancel', cancelled])).code).toBe(0);
  const code = async (...of: string[]) => (await bench.run(['wait', ...of])).code;
  expect(await code(cancelled, ids.done, ids.failed, ids.waits, 'no-such-task')).toBe(5);
  expect(await code(cancelled, ids.done, ids.failed, ids.waits)).toBe(4);
  expect(await code(cancelled, ids.done, ids.failed)).toBe(1);
  expect(await code(cancelled, ids.done)).toBe(3);
  const ran = await bench.run(['wait', ids.failed, ids.done]);
  expect(ran.stdout).toMatch(new RegExp(`^${ids.failed}  failed: .*\\(404\\).*\n${ids.done}  completed\n$`));
});

// ---

function commandLines(): string[][] {
  const read = (pid: string): string[] => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    } catch {
      return [];
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(read);
}
