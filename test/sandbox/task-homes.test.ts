/** The homes of tasks: emptied before the next command when they have grown too large, and gone after their task. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { MirrorPort } from '../../activities/ports.js';
import { openTaskHome } from '../../src/sandbox/task-home.js';
import { removingHomes, sweepHomes } from '../../src/worker/task-homes.js';
import { until } from '../support/until.js';

/** Instead of 8 GiB. */
vi.mock('../../src/sandbox/cgroup.js', async (original) => {
  const real = await original<typeof import('../../src/sandbox/cgroup.js')>();
  return { ...real, LIMITS: { ...real.LIMITS, taskHomeBytes: 32 * 1024 } };
});

let root: string;
let homes: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rookery-homes-'));
  homes = join(root, 'homes');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

const open = (task = 'task-1') =>
  openTaskHome({
    ...{ homes, task, home: root, env: {}, hidden: [], command: 'true' },
    ...{ workspace: root, cwd: root },
  });

/** A command of this many milliseconds that writes a little more than the bound. */
async function command(ms: number): Promise<void> {
  const clock = vi.spyOn(performance, 'now');
  const start = performance.now();
  clock.mockReturnValue(start);
  const { home, close } = await open();
  writeFileSync(join(home, 'large'), Buffer.alloc(64 * 1024));
  clock.mockReturnValue(start + ms);
  await close();
  clock.mockRestore();
}

test('one over the bound is emptied before the next command, which says so; a short command is not measured', async () => {
  await command(500);
  const kept = await open();
  expect([kept.notes, existsSync(join(kept.home, 'large'))]).toEqual([[], true]);
  await kept.close();
  await command(1_500);
  const emptied = await open();
  expect(emptied.notes).toEqual([expect.stringContaining('were emptied')]);
  expect(existsSync(join(emptied.home, 'large'))).toBe(false);
  await emptied.close();
});

test('one is removed when its task ends, and not before; what Go made read-only too', async () => {
  const { home, close } = await open();
  mkdirSync(join(home, 'go/pkg'), { recursive: true, mode: 0o500 });
  await close();
  const mirror = removingHomes({ write: async () => undefined } as unknown as MirrorPort, homes);
  const write = (kind: string) => mirror.write({ id: 'task-1', record: { state: { kind } } } as never);
  await write('running');
  expect(existsSync(home)).toBe(true);
  await write('completed');
  await until(() => !existsSync(home), { what: 'the home is gone' });
});

test('those of tasks that ended while no worker ran are removed at the start of one', async () => {
  for (const task of ['open', 'ended']) await (await open(task)).close();
  await sweepHomes(homes, async (task) => task === 'open');
  expect([existsSync(join(homes, 'open')), existsSync(join(homes, 'ended'))]).toEqual([true, false]);
});
