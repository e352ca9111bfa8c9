import { expect, test } from 'vitest';
import { type Message, opening } from '../../src/domain/conversation.js';
import { answerOf, resultOf } from '../../src/domain/result.js';
import { end, newRecord, type TaskState } from '../../src/domain/task.js';

const talk = (content: string): Message[] => [...opening('s', 'FINAL: p'), { role: 'assistant', content }];

test.each([
  ['the answer', 'the answer'],
  ['FINAL: 42', '42'],
  ['The line is:\n```\nFINAL: 42\n```', 'The line is:\n```\nFINAL: 42\n```'],
  ['FINAL: one FINAL: two', 'one FINAL: two'],
  ['', ''],
])('the answer in %j is %j', (content, answer) => {
  expect(answerOf(talk(content))).toBe(answer);
});

test('without a reply there is no answer', () => {
  expect(answerOf(opening('s', 'FINAL: p'))).toBe('');
});

test.each<[TaskState, object]>([
  [{ kind: 'completed' }, { status: 'Completed', result: 'yes', error: null }],
  [
    { kind: 'failed', error: 'why' },
    { status: 'Failed', result: null, error: 'why' },
  ],
  [
    { kind: 'cancelled', reason: 'asked' },
    { status: 'Cancelled', result: null, error: null },
  ],
])('a task that ended as %j says so', (state, expected) => {
  const record = end(newRecord(1, { provider: 'demo', model: 'm' }), 2, state);
  const base = { iterations: 0, usage: record.usage, provider: 'demo', model: 'm' };
  expect(resultOf(record, talk('FINAL: yes'))).toEqual({ ...base, ...expected });
});

test('a cost of which nothing is known is not in the result, a known one is', () => {
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  const unknown = { ...usage, cost: { usd: 0, source: null, unpriced: 1 } };
  const known = { ...usage, cost: { usd: 0.5, source: 'prices', unpriced: 1 } } as const;
  const record = newRecord(1, {});
  expect(resultOf({ ...record, usage: unknown }, []).usage).toEqual(usage);
  expect(resultOf({ ...record, usage: known }, []).usage).toEqual(known);
});
