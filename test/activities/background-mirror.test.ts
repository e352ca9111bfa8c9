/** The files of a task are kept fresh beside its activities: one write at a time, the newest state, a gap in between. */
import { expect, test } from 'vitest';
import { BackgroundMirror } from '../../activities/background-mirror.js';
import type { MirrorWrite } from '../../activities/ports.js';
import type { ExternalEdit } from '../../src/domain/external-edit.js';
import { until } from '../support/until.js';

interface Disk {
  readonly written: number[];
  readonly times: number[];
  full: boolean;
  found: ExternalEdit | undefined;
  /** How long a write takes, in milliseconds. */
  takes: number;
  most: number;
}

function disk(): Disk & { write(state: MirrorWrite): Promise<ExternalEdit | undefined> } {
  let now = 0;
  return {
    written: [],
    times: [],
    full: false,
    found: undefined,
    takes: 5,
    most: 0,
    async write({ record }) {
      this.most = Math.max(this.most, ++now);
      await new Promise((resolve) => setTimeout(resolve, this.takes));
      now--;
      if (this.full) throw new Error('the disk is full');
      this.written.push(record.version);
      this.times.push(performance.now());
      return this.found;
    },
  };
}

const gapOf = ({ times: [first = 0, second = 0] }: Disk): number => second - first;

const state = (version: number) => async () => ({ record: { version } }) as unknown as MirrorWrite;

function start(gapMs = 50, stretched = 1) {
  const files = disk();
  return {
    files,
    fresh: new BackgroundMirror(
      (write) => files.write(write),
      gapMs,
      () => stretched,
    ),
  };
}

test('the first state is written at once, and of those that come in the gap only the newest', async () => {
  const { files, fresh } = start();
  for (const version of [1, 2, 3, 4]) {
    fresh.show('run', state(version)).unsubscribe();
    await until(() => files.written.length > 0, { what: 'the first is written' });
  }
  await until(() => files.written.length === 2, { what: 'the newest is written' });
  expect(files.written).toEqual([1, 4]);
  expect(gapOf(files)).toBeGreaterThan(45);
});

test('the gap is so many times as long as the load says', async () => {
  // Side by side: the timers of one process end in their order, however busy the machine is.
  const gaps = [16, 4, 1].map(async (factor) => {
    const { files, fresh } = start(50, factor);
    fresh.show('run', state(1)).unsubscribe();
    await until(() => files.written.length === 1, { what: 'the first is written' });
    fresh.show('run', state(2)).unsubscribe();
    await until(() => files.written.length === 2, { what: 'the second is written' });
    expect(gapOf(files)).toBeGreaterThan(50 * factor - 5);
    return { factor, second: files.times[1] ?? 0 };
  });
  const ends = (await Promise.all(gaps)).sort((a, b) => a.second - b.second);
  expect(ends.map(({ factor }) => factor)).toEqual([1, 4, 16]);
});

test('a run has one write at a time, however slow the disk is', async () => {
  const { files, fresh } = start(0);
  files.takes = 20;
  let shown = 0;
  while (files.written.length < 4) {
    fresh.show('run', state(++shown)).unsubscribe();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => files.written.at(-1) === shown, { what: 'the last is written' });
  expect(files.most).toBe(1);
  expect(files.written.length).toBeLessThan(shown);
});

test('runs do not wait for each other', async () => {
  const { files, fresh } = start(10_000);
  for (let version = 1; version <= 5; version++) fresh.show(`run ${version}`, state(version)).unsubscribe();
  await until(() => files.written.length === 5, { what: 'all are written' });
});

test('an activity that works while nothing can be written says so, and the state is written when it can', async () => {
  const { files, fresh } = start();
  files.full = true;
  const subscription = fresh.show('run', state(1));
  await until(() => subscription.behindSince !== undefined, { what: 'it is behind' });
  expect(subscription.report()).toEqual({ behind: true });
  files.full = false;
  await until(() => files.written.length === 1, { what: 'it is written' });
  expect(subscription.report()).toEqual({});
  subscription.unsubscribe();
});

test('without a subscriber the retries end, and start again with the next activity', async () => {
  const { files, fresh } = start(0);
  files.full = true;
  let tries = 0;
  const counted = (version: number) => async () => {
    tries++;
    return state(version)();
  };
  fresh.show('run', counted(1)).unsubscribe();
  await until(() => tries === 1, { what: 'it was tried' });
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(tries).toBe(1);
  files.full = false;
  fresh.show('run', counted(2)).unsubscribe();
  await until(() => files.written.length === 1, { what: 'the newer one is written' });
  expect(files.written).toEqual([2]);
});

test('what another program wrote is told once, to who works then', async () => {
  const { files, fresh } = start(0);
  files.found = { kind: 'rival', status: 'Running' };
  fresh.show('run', state(1)).unsubscribe();
  await until(() => files.written.length === 1, { what: 'it is written' });
  files.found = undefined;
  const subscription = fresh.show('run', state(2));
  expect(subscription.report()).toEqual({ found: { kind: 'rival', status: 'Running' } });
  expect(subscription.report()).toEqual({});
  subscription.unsubscribe();
});

test('an end that another program wrote stops who works', async () => {
  const { files, fresh } = start();
  files.found = { kind: 'ended', status: 'Cancelled' };
  let stopped = false;
  const subscription = fresh.show('run', state(1), () => {
    stopped = true;
  });
  await until(() => stopped, { what: 'it is stopped' });
  expect(subscription.report()).toEqual({ found: { kind: 'ended', status: 'Cancelled' } });
  subscription.unsubscribe();
});
