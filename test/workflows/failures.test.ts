/** What a failed activity means for the task. */
import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure, TimeoutType } from '@temporalio/common';
import { expect, test } from 'vitest';
import { troubleOf } from '../../workflows/classify-failure.js';

function failed(cause: Error): ActivityFailure {
  return new ActivityFailure('activity failed', 'iterate', '1', RetryState.MAXIMUM_ATTEMPTS_REACHED, 'worker', cause);
}

const ofType = (type: string): unknown =>
  troubleOf(failed(ApplicationFailure.create({ type, message: 'the reason', nonRetryable: true })));
const timeout = (type: TimeoutType): unknown => troubleOf(failed(new TimeoutFailure('timed out', undefined, type)));

test.each(['rate_limit', 'unavailable', 'bad_reply'])(
  '%s beyond one scheduling counts as five errors of the provider',
  (type) => {
    expect(ofType(type)).toEqual({ kind: 'provider', reason: 'the reason', attempts: 5 });
  },
);

test.each(['auth', 'billing', 'missing_key', 'context_overflow', 'RestartedOutside', 'SomethingNew'])(
  '%s waits for a person',
  (type) => {
    expect(ofType(type)).toEqual({ kind: 'person', reason: 'the reason' });
  },
);

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
