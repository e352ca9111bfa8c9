/** What a failed activity means for the task. */
import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure, TimeoutType } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { IterationTrouble } from '../../src/domain/activity-calls.js';
import { NO_USAGE } from '../../src/domain/task.js';
import { troubleOf, usageOf } from '../../workflows/classify-failure.js';

function failed(cause: Error): ActivityFailure {
  return new ActivityFailure('activity failed', 'iterate', '1', RetryState.MAXIMUM_ATTEMPTS_REACHED, 'worker', cause);
}

function ofType(type: string, ...details: IterationTrouble[]): unknown {
  return troubleOf(failed(ApplicationFailure.create({ type, message: 'the reason', nonRetryable: true, details })));
}
const timeout = (type: TimeoutType): unknown => troubleOf(failed(new TimeoutFailure('timed out', undefined, type)));

test.each(['rate_limit', 'unavailable', 'bad_reply'])(
  '%s counts as the errors that there were; without a count, as the five of an earlier version',
  (type) => {
    expect(ofType(type, { attempts: 1 })).toEqual({ kind: 'provider', reason: 'the reason', attempts: 1 });
    expect(ofType(type)).toEqual({ kind: 'provider', reason: 'the reason', attempts: 5 });
  },
);

test.each([
  'auth',
  'billing',
  'missing_key',
  'context_overflow',
  'RestartedOutside',
  'Repeats',
  'EmptyReplies',
  'SomethingNew',
])('%s waits for a person', (type) => {
  expect(ofType(type)).toEqual({ kind: 'person', reason: 'the reason' });
});

test.each(['WorkerLost', 'Interrupted', 'WorkerShutdown'])('%s is a lost worker', (type) => {
  expect(ofType(type)).toEqual({ kind: 'lost' });
});

test.each([TimeoutType.HEARTBEAT, TimeoutType.START_TO_CLOSE])('a timeout %s is a lost worker', (type) => {
  expect(timeout(type)).toEqual({ kind: 'lost' });
});

test('no worker of the host, the end of the time, a refusal and a bad request are each their own', () => {
  expect(timeout(TimeoutType.SCHEDULE_TO_START)).toEqual({ kind: 'host_gone' });
  expect(ofType('OutOfTime')).toEqual({ kind: 'out_of_time' });
  expect(ofType('StartRefused')).toEqual({ kind: 'refused', reason: 'the reason' });
  expect(ofType('bad_request')).toEqual({ kind: 'fatal', reason: 'the reason' });
});

test('a time that the provider named goes along, also where a person must act', () => {
  const details = { attempts: 2, retry_at: 123 };
  expect(ofType('rate_limit', details)).toMatchObject({ kind: 'provider', attempts: 2, retryAt: 123 });
  expect(ofType('billing', details)).toEqual({ kind: 'person', reason: 'the reason', retryAt: 123 });
});

test('tokens of rejected replies are read from the failure, or from the last heartbeat of an activity that was lost', () => {
  const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
  const options = { type: 'bad_reply', nonRetryable: true, details: [{ attempts: 5, usage }] };
  expect(usageOf(failed(ApplicationFailure.create(options)))).toEqual(usage);
  const heartbeat = { rejected: { usage, empty: 1 } };
  expect(usageOf(failed(new TimeoutFailure('timed out', heartbeat, TimeoutType.HEARTBEAT)))).toEqual(usage);
  for (const nothing of [undefined, null, 'text']) {
    expect(usageOf(failed(new TimeoutFailure('timed out', nothing, TimeoutType.HEARTBEAT)))).toEqual(NO_USAGE);
    expect(usageOf(failed(ApplicationFailure.create({ type: 'x', details: [nothing] })))).toEqual(NO_USAGE);
  }
  expect(usageOf(new Error('something else'))).toEqual(NO_USAGE);
});
