/** Attempts of one activity on one worker: a later one joins what the first has begun, and nothing is done twice. */
import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { beforeEach, expect, test } from 'vitest';
import type { HeartbeatState } from '../../activities/heartbeat.js';
import { type PieceOfWork, SharedWork } from '../../activities/shared-work.js';
import { NO_USAGE } from '../../src/domain/task.js';

/** A piece of work that the test ends. */
interface Begun {
  readonly signal: AbortSignal;
  end(result: string): void;
  fail(error: Error): void;
}

let begun: Begun[];
let shared: SharedWork<string>;
beforeEach(() => {
  begun = [];
  shared = new SharedWork({ outlivesRun: false });
});

function begin(signal: AbortSignal): Promise<string> {
  return new Promise((end, fail) => {
    signal.addEventListener('abort', () => fail(signal.reason));
    begun.push({ signal, end, fail });
  });
}

function live(): HeartbeatState {
  return { progress: { text: undefined, rejected: { usage: NO_USAGE, empty: 0 } } } as HeartbeatState;
}

function attempt(piece: Partial<PieceOfWork> = {}, works = shared) {
  const environment = new MockActivityEnvironment();
  const state = live();
  const result = environment.run(() => works.join({ slot: 'run', live: state, ...piece }, begin));
  result.catch(() => undefined);
  return { live: state, result, cancel: (how: Cancel) => environment.cancel('CANCELLED', details(how)) };
}

type Cancel = ConstructorParameters<typeof ActivityCancellationDetails>[0];

function details(how: Cancel): ActivityCancellationDetails {
  return new ActivityCancellationDetails(how);
}

test('when the server has given an attempt up, the next one gets what the first had begun', async () => {
  const first = attempt();
  first.cancel({ notFound: true });
  await expect(first.result).rejects.toThrow('The worker stopped');
  const second = attempt();
  begun[0]?.end('the reply');
  expect(await second.result).toBe('the reply');
  expect(begun).toHaveLength(1);
});

test('attempts at the same time share the work', async () => {
  const both = [attempt(), attempt()];
  begun[0]?.end('the reply');
  expect(await Promise.all(both.map(({ result }) => result))).toEqual(['the reply', 'the reply']);
  expect(begun).toHaveLength(1);
});

test('a result is kept for an attempt that comes after it', async () => {
  const first = attempt();
  begun[0]?.end('the reply');
  await first.result;
  expect(await attempt().result).toBe('the reply');
  expect(begun).toHaveLength(1);
});

test('another key is other work, also of the same slot; so is a slot that was forgotten', async () => {
  const first = attempt({ key: '1' });
  const second = attempt({ key: '2' });
  begun[0]?.end('one');
  begun[1]?.end('two');
  expect([await first.result, await second.result]).toEqual(['one', 'two']);
  expect(await attempt({ key: '2' }).result).toBe('two');
  shared.forget('run');
  attempt({ key: '2' });
  expect(begun).toHaveLength(3);
});

test('an error is not kept: the next attempt begins again', async () => {
  const first = attempt();
  begun[0]?.fail(new Error('no connection'));
  await expect(first.result).rejects.toThrow('no connection');
  const second = attempt();
  begun[1]?.end('the reply');
  expect(await second.result).toBe('the reply');
});

test.each([{ cancelRequested: true }, { paused: true }, { reset: true }, { workerShutdown: true }])(
  'what cancels the activity stops the work: %j',
  async (how) => {
    const only = attempt();
    only.cancel(how);
    await expect(only.result).rejects.toThrow();
    expect(begun[0]?.signal.aborted).toBe(true);
  },
);

test.each([{ paused: true }, { reset: true }])('work that outlives its run continues: %j', async (how) => {
  const only = attempt({}, new SharedWork({ outlivesRun: true }));
  only.cancel(how);
  begun[0]?.end('done');
  expect(await only.result).toBe('done');
});

test('a cancel of the attempt that joined stops the work', async () => {
  attempt().cancel({ notFound: true });
  const second = attempt();
  expect(begun[0]?.signal.aborted).toBe(false);
  second.cancel({ cancelRequested: true });
  await expect(second.result).rejects.toThrow();
  expect(begun[0]?.signal.aborted).toBe(true);
});

test('an end from outside stops the work', async () => {
  const end = new AbortController();
  const only = attempt({ ended: end.signal });
  end.abort();
  await expect(only.result).rejects.toThrow();
  expect(begun[0]?.signal.aborted).toBe(true);
});

test('the attempt that joined tells what the work has come to', () => {
  const first = attempt();
  first.live.progress.text = 'so far';
  expect(attempt().live.progress.text).toBe('so far');
});
