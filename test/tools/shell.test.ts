import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { afterEach, test as base, beforeEach, describe, expect } from 'vitest';
import { processIdentity } from '../../src/files/process-identity.js';
import { findMarked, killMarked } from '../../src/processes/kill-tree.js';
import { createShell } from '../../src/tools/shell.js';
import { sandboxHere } from '../support/sandbox.js';
import { TOOLCHAIN_VARIABLE } from '../support/toolchain-variables.js';
import { until } from '../support/until.js';
import { type Bench, createBench } from './context.js';

let bench: Bench;
beforeEach(async () => {
  bench = await createBench();
});
afterEach(async () => {
  await killMarked({ call: bench.context().call });
  await bench.clear();
});

const shell = (command: string, more: object = {}) => bench.call('shell', { command, ...more });
const marked = () => findMarked({ call: bench.context().call });

/** Ignores TERM, and so does a grandchild that has left the group, the session and (one of them) the environment. */
const STUBBORN = `trap '' TERM
setsid sh -c 'trap "" TERM; while :; do sleep 1; done' &
setsid env -i sh -c 'trap "" TERM; while :; do sleep 1; done' &
setsid nohup sleep 600 >/dev/null 2>&1 &
echo ready; touch ready; while :; do sleep 1; done`;

const here = await sandboxHere();
/** The same holds of both: with a sandbox a command only meets more walls. */
const WAYS = [
  { sandbox: undefined, why: '', name: 'shell' },
  { ...here, name: `shell in a sandbox${here.why}` },
];

// As `%s`: vitest cuts the text of a `$name`, and the reason of a skip with it.
describe.each(WAYS.map((way) => [way.name, way] as const))('%s', (_, { sandbox, why }) => {
  const test = base.skipIf(why !== '');
  beforeEach(async () => {
    await bench.clear();
    bench = await createBench({ sandbox });
  });

  test('gives both streams in the order in which they were printed', async () => {
    const command = 'for i in 1 2 3; do echo out $i; echo err $i >&2; done';
    expect(await shell(command)).toEqual({ outcome: 'ok', content: 'out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n' });
  });

  test('starts in the workspace, without input, without a terminal', async () => {
    expect((await shell('pwd; cat; test -t 1 || echo no terminal')).content).toBe(`${bench.workspace}\nno terminal\n`);
  });

  test('runs the shell that its description names, and bash where it names one', async () => {
    const { description } = createShell({ env: {}, ...(sandbox && { sandbox }) });
    expect(description).toContain('with /bin/sh -c in the workspace (POSIX syntax; ');
    expect((await shell('readlink -f /proc/$$/exe; :')).content.trim()).toBe(realpathSync('/bin/sh'));
    const hasBash = (await shell("bash -c '[[ xy == x* ]] && echo y'")).content === 'y\n';
    expect(description).toContain(hasBash ? "write bash -c '...'" : 'there is no bash');
  });

  // Without a sandbox nothing is written before a command.
  const inSandboxOnly = sandbox || why !== '' ? test : () => undefined;
  inSandboxOnly('a full disk delays a command that has not begun, and does not fail it', async () => {
    if (!sandbox) throw new Error('there is no sandbox');
    let times = 0;
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const command: typeof sandbox.command = async (request) => {
      times++;
      if (times <= 2) throw full;
      return sandbox.command(request);
    };
    await bench.clear();
    bench = await createBench({ sandbox: { ...sandbox, command } });
    expect(await shell('echo ran')).toEqual({ outcome: 'ok', content: 'ran\n' });
    expect(times).toBe(3);
  });

  test('a command that fails keeps its output', async () => {
    expect(await shell('echo partial; exit 3')).toEqual({ outcome: 'failed', content: 'partial\n[exit code 3]' });
    expect(await shell('printf partial; exit 1')).toEqual({ outcome: 'failed', content: 'partial\n[exit code 1]' });
    expect(await shell('exit 1')).toEqual({ outcome: 'failed', content: '[exit code 1]' });
    const segfault = sandbox ? '[exit code 139]' : '[ended by signal SIGSEGV]';
    expect((await shell('kill -SEGV $$')).content).toBe(segfault);
    expect((await shell('no-such-command')).content).toMatch(/not found\n\[exit code 127\]$/);
    expect((await shell('if')).outcome).toBe('failed');
  });

  test('a command that prints nothing says so', async () => {
    expect(await shell('true')).toEqual({ outcome: 'ok', content: '[no output]' });
  });

  test('the environment has no keys, only what is on the list and the markers', async () => {
    const { content } = await shell('env');
    expect(content).not.toContain('canary');
    const names = content
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0])
      .sort();
    const own = sandbox ? ['TMPDIR'] : [];
    expect(names.filter((name) => !TOOLCHAIN_VARIABLE.test(name ?? ''))).toEqual([
      ...['HOME', 'LC_MESSAGES', 'PATH', 'PWD', 'ROOKERY_CALL', 'ROOKERY_TASK'],
      ...own,
    ]);
  });

  test('does not wait for a background process that keeps the pipe open, and ends that process', async () => {
    expect(await shell('sleep 600 & echo done')).toEqual({ outcome: 'ok', content: 'done\n' });
    expect(marked()).toEqual([]);
  });

  test('a timeout ends the command, keeps what it printed, and says so', async () => {
    expect(await shell('echo before; sleep 600', { timeout_secs: 4 })).toEqual({
      outcome: 'failed',
      content: 'before\n[timeout: the command was ended after 4 s]',
    });
    expect(marked()).toEqual([]);
  });

  test('more time than the task allows is cut to that, and the model is told', async () => {
    const limit = { maxCommandMs: 1_000 };
    const note = '[timeout_secs 40 is above the limit of this task: the command was given 1 s]';
    const cut = await bench.call('shell', { command: 'echo before; sleep 600', timeout_secs: 40 }, limit);
    const timeout = '[timeout: the command was ended after 1 s]';
    expect(cut).toEqual({ outcome: 'failed', content: `before\n${note}\n${timeout}` });
    expect(await bench.call('shell', { command: 'echo quick', timeout_secs: 40 }, limit)).toEqual({
      outcome: 'ok',
      content: `quick\n${note}`,
    });
    // The default is no wish of the model.
    expect((await bench.call('shell', { command: 'sleep 600' }, limit)).content).toBe(timeout);
    expect((await bench.call('shell', { command: 'echo quick', timeout_secs: 1_700 })).content).toBe('quick\n');
  });

  test('an abort ends a command that ignores TERM, with grandchildren that have left the group', async () => {
    const stop = new AbortController();
    const running = bench.call('shell', { command: STUBBORN }, { signal: stop.signal });
    await until(async () => (await bench.call('list_files', {})).content.includes('ready'), {
      what: 'the command runs',
    });
    await until(() => marked().length >= 4, { what: 'all of its processes run' });
    const pids = marked();
    stop.abort();
    const result = await running;
    expect(result).toEqual({ outcome: 'failed', content: 'ready\n[cancelled: the command was ended]' });
    expect(marked()).toEqual([]);
    for (const pid of pids) expect(isRunning(pid)).toBe(false);
  });

  test('a grandchild without group, session and marker does not survive because its parent dies first', async () => {
    const stop = new AbortController();
    const command = `setsid env -i sh -c 'trap "" TERM; while :; do sleep 1; done' & touch ready; wait`;
    const running = bench.call('shell', { command }, { signal: stop.signal });
    await until(() => marked().length >= 3, { what: 'all of its processes run' });
    const pids = marked();
    stop.abort();
    await running;
    for (const pid of pids) expect(isRunning(pid)).toBe(false);
  });

  test('an abort gives the command a second to clean up', async () => {
    const stop = new AbortController();
    const command = 'trap "echo cleaned; exit 0" TERM; touch ready; while :; do sleep 0.05; done';
    const running = bench.call('shell', { command }, { signal: stop.signal });
    await until(async () => (await bench.call('list_files', {})).content.includes('ready'), {
      what: 'the command runs',
    });
    stop.abort();
    expect((await running).content).toContain('cleaned\n');
  });

  test('a call that was cancelled before is not started', async () => {
    const result = await bench.call('shell', { command: 'touch started' }, { signal: AbortSignal.abort() });
    expect(result.outcome).toBe('failed');
    expect((await bench.call('list_files', {})).content).toBe('[empty directory]');
  });

  test('output without end is stopped, in bounded memory', async () => {
    const before = process.memoryUsage().rss;
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 5);
    const result = await shell('yes 0123456789abcdef');
    clearInterval(watch);
    expect(result.outcome).toBe('failed');
    expect(result.content).toContain('[the command was ended because it printed more than 100 MiB]');
    expect(Buffer.byteLength(result.content)).toBeLessThanOrEqual(65_536);
    expect(peak - before).toBeLessThan(64 * 1024 * 1024);
  });

  test('a long output keeps beginning and end, and every kind of bytes stays within 64 KiB', async () => {
    const { content } = await shell('seq 100000');
    expect(content).toMatch(/^1\n2\n.*left out; send the output to a file.*99999\n100000\n$/s);
    for (const command of [
      'head -c 300000 /dev/urandom',
      'head -c 300000 /dev/zero',
      'printf "\\033[2J%.0s" $(seq 20000)',
    ]) {
      const bytes = await shell(command);
      expect(Buffer.byteLength(bytes.content)).toBeLessThanOrEqual(65_536);
      expect(JSON.stringify(bytes.content).length).toBeLessThanOrEqual(3 * 65_536);
    }
  });

  test('a workspace that is gone is told in a sentence', async () => {
    await rm(bench.workspace, { recursive: true });
    expect(await shell('true')).toEqual({
      outcome: 'failed',
      content: 'The workspace directory no longer exists.',
    });
  });

  test('a command that no process can be given is refused at the door', async () => {
    await expect(shell('echo \0')).rejects.toThrow('NUL');
    await expect(shell('x'.repeat(200_000))).rejects.toThrow('at most 100 KiB');
    await expect(shell('true', { timeout_secs: 0 })).rejects.toThrow('timeout_secs');
    expect((await shell(`: ${'x'.repeat(100_000)}`)).outcome).toBe('ok');
  });
});

describe('killMarked', () => {
  base.runIf(process.platform === 'linux')(
    'ends what a dead worker has left behind, and nothing of other calls',
    async () => {
      const start = (call: string) =>
        spawn('/bin/sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], {
          detached: true,
          stdio: 'ignore',
          env: { PATH: process.env.PATH, ROOKERY_TASK: 'task-k', ROOKERY_CALL: call },
        });
      const mine = bench.context().call;
      const [left, other] = [start(mine), start(`${mine}0`)];
      await until(() => findMarked({ task: 'task-k' }).length >= 2, { what: 'both run' });
      expect(await killMarked({ call: mine })).toBe(true);
      expect(isRunning(left.pid ?? 0)).toBe(false);
      expect(isRunning(other.pid ?? 0)).toBe(true);
      expect(await killMarked({})).toBe(true);
      expect(isRunning(other.pid ?? 0)).toBe(true);
      expect(await killMarked({ task: 'task-k' })).toBe(true);
      expect(isRunning(other.pid ?? 0)).toBe(false);
    },
  );
});

/** A killed child is a zombie until it is reaped; that is not running. */
function isRunning(pid: number): boolean {
  return processIdentity(pid) !== undefined;
}
