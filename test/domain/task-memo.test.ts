import { describe, expect, test } from 'vitest';
import { newRecord } from '../../src/domain/task.js';
import {
  correctionOf,
  MEMO_HOST,
  MEMO_PROGRESS,
  MEMO_TASK,
  memoAtStart,
  progressOf,
  taskMemoOf,
} from '../../src/domain/task-memo.js';

const created_at = '2026-01-02T03:04:05+00:00';
const input = { prompt: 'First.\nSecond.', created_at, host: 'rookery@0a' };
const record = newRecord(1_767_323_045_000_000, {});
const right = { [MEMO_TASK]: { prompt: 'First.', created_at }, [MEMO_HOST]: 'rookery@0a' };

describe('the memo of a start', () => {
  test('has the first line, the time and the host, as far as the start names them', () => {
    expect(memoAtStart(input)).toEqual(right);
    expect(memoAtStart({ prompt: 'x' })).toEqual({});
  });

  test('is left alone when it is right', () => {
    expect(correctionOf(right, input, { record, host: 'rookery@0a' })).toBeUndefined();
  });

  test.each<[string, Record<string, unknown> | undefined, object]>([
    ['nothing', undefined, right],
    ['another host', { ...right, [MEMO_HOST]: 'rookery@0b' }, { [MEMO_HOST]: 'rookery@0a' }],
    ['another prompt', { ...right, [MEMO_TASK]: { prompt: 'x', created_at } }, { [MEMO_TASK]: right[MEMO_TASK] }],
    ['a number for the task', { ...right, [MEMO_TASK]: 1 }, { [MEMO_TASK]: right[MEMO_TASK] }],
  ])('is corrected when it says %s', (_, memo, correction) => {
    expect(correctionOf(memo, input, { record, host: 'rookery@0a' })).toEqual(correction);
  });

  test('says what the task is called and where it works, and a wrong name is corrected', () => {
    const named = { ...input, name: 'n', group: 'g', labels: { b: '2', a: '1' }, workspace: '/w' };
    const memo = memoAtStart(named);
    const known = { record, host: 'rookery@0a' };
    expect(taskMemoOf(memo).submission).toEqual({
      ...{ prompt: 'First.', created_at, name: 'n', group: 'g' },
      ...{ labels: { a: '1', b: '2' }, workspace: '/w' },
    });
    expect(correctionOf(memo, named, known)).toBeUndefined();
    expect(correctionOf(memo, input, known)).toEqual({ [MEMO_TASK]: right[MEMO_TASK] });
    expect(correctionOf(right, named, known)).toEqual({ [MEMO_TASK]: memo[MEMO_TASK] });
    // A run of an earlier version: its memo has no workspace, and it writes none.
    expect(correctionOf(right, { ...input, workspace: '/w' }, known)).toBeUndefined();
  });

  test('of a task without a host says none', () => {
    const { host: _, ...unbound } = input;
    expect(correctionOf(undefined, unbound, { record, host: null })).toEqual({ [MEMO_TASK]: right[MEMO_TASK] });
  });

  test('gets the time of the start when the start names none', () => {
    expect(correctionOf(undefined, { prompt: 'x' }, { record, host: null })).toEqual({
      [MEMO_TASK]: { prompt: 'x', created_at },
    });
  });
});

test('progress is read as it was written', () => {
  const progress = progressOf(record);
  expect(progress).toMatchObject({ iterations: 0, updated_at: 1_767_323_045_000_000 });
  expect(taskMemoOf({ ...right, [MEMO_PROGRESS]: progress })).toEqual({
    submission: right[MEMO_TASK],
    host: 'rookery@0a',
    progress,
  });
});

test.each([
  undefined,
  {},
  { [MEMO_TASK]: null, [MEMO_HOST]: 'another', [MEMO_PROGRESS]: { iterations: '1' } },
  { [MEMO_TASK]: { prompt: 1, created_at }, [MEMO_HOST]: ['rookery@0a'], [MEMO_PROGRESS]: 'x' },
])('any other memo says nothing: %j', (memo) => {
  expect(taskMemoOf(memo)).toEqual({ submission: undefined, host: null, progress: undefined });
});
