/** The exit codes of several ids, and of every error code. */
import { expect, test } from 'vitest';
import { EXIT, exitOfError, exitOfOutcome, worst } from '../../src/cli/exit.js';
import { type ErrorCode, RookeryError } from '../../src/domain/errors.js';
import type { VerbOutcome } from '../../src/manager/context.js';

const { done, failed, cancelled, person, notFound, environment } = EXIT;

test('of several, the first that applies of 5, 6, 4, 1, 3 and 0', () => {
  const order = [notFound, environment, person, failed, cancelled, done];
  expect(order).toEqual([5, 6, 4, 1, 3, 0]);
  for (const [n, code] of order.entries()) {
    expect(worst(order.slice(n).toReversed())).toBe(code);
    expect(worst(order.slice(n))).toBe(code);
  }
  expect(worst([])).toBe(0);
});

test.each<[Partial<VerbOutcome>, number]>([
  [{ ok: true, status: 'Completed' }, 0],
  [{ ok: true, status: 'Cancelled' }, 0],
  [{ ok: false, status: 'Failed', code: 'failed' }, 1],
  [{ ok: false, status: 'Cancelled', code: 'cancelled' }, 3],
  [{ ok: false, status: 'Running', code: 'waiting_person' }, 4],
  [{ ok: false, status: 'Running', code: 'waiting_approval' }, 4],
  [{ ok: false, status: null, code: 'not_found' }, 5],
  [{ ok: false, status: null, code: 'ambiguous' }, 2],
  [{ ok: false, status: null, code: 'wrong_status' }, 2],
  [{ ok: false, status: null, code: 'no_server' }, 6],
  [{ ok: false, status: null, code: 'environment' }, 6],
])('the outcome %o is %i', (outcome, code) => {
  expect(exitOfOutcome({ id: 'one', ok: false, status: null, ...outcome })).toBe(code);
});

test.each<[ErrorCode, number]>([
  ['usage', 2],
  ['bad_input', 2],
  ['ambiguous', 2],
  ['missing_key', 2],
  ['wrong_status', 2],
  ['not_found', 5],
  ['environment', 6],
  ['no_server', 6],
  ['workdir', 6],
  ['timeout', 124],
])('the error %s is %i', (code, exit) => {
  expect(exitOfError(new RookeryError(code, 'what'))).toBe(exit);
});

test('an unexpected error is 6, never 0 or 1', () => {
  expect(exitOfError(new TypeError('x is not a function'))).toBe(6);
  expect(exitOfError('thrown text')).toBe(6);
});
