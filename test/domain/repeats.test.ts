/** When a model counts as one that repeats itself. */
import { describe, expect, test } from 'vitest';
import { applyNotices } from '../../src/domain/compaction.js';
import { type Message, opening } from '../../src/domain/conversation.js';
import { repeatsIn } from '../../src/domain/repeats.js';

const start = opening('s', 'p');

function round(n: number, { args = { a: 1, b: 2 } as object, content = 'same' } = {}): Message[] {
  const id = `c${n}`;
  return [
    { role: 'assistant', content: `reply ${n}`, calls: [{ id, wire_id: 'call_0', name: 'read_file', args }] },
    { role: 'tool', call: id, outcome: 'ok', content },
  ];
}

const rounds = (count: number, from = 0): Message[] => Array.from({ length: count }, (_, n) => round(from + n)).flat();

const note = (messages: readonly Message[]): Message => ({ role: 'user', content: repeatsIn(messages)?.note ?? '' });

test('at the fifth round in a row, once, and from the tenth on', () => {
  const kinds = Array.from({ length: 12 }, (_, n) => repeatsIn([...start, ...rounds(n + 1)])?.kind ?? '');
  expect(kinds).toEqual(['', '', '', '', 'told', '', '', '', '', 'stopped', 'stopped', 'stopped']);
});

test('the order of the arguments does not matter, nor what else the replies say', () => {
  const messages = [...start, ...rounds(4), ...round(4, { args: { b: 2, a: 1 } })];
  expect(repeatsIn(messages)?.note).toContain('read_file {"b":2,"a":1}');
});

test('our note is not an interruption; a turn of a person, and the permission to continue, begin a new count', () => {
  const five = [...start, ...rounds(5)];
  const told = [...five, note(five), ...rounds(5, 5)];
  expect(repeatsIn(told)?.kind).toBe('stopped');
  expect(repeatsIn([...told, note(told), ...rounds(4, 10)])).toBeUndefined();
  expect(repeatsIn([...told, note(told), ...rounds(5, 10)])?.kind).toBe('told');
  expect(repeatsIn([...rounds(3), { role: 'user', content: 'try once more' }, ...rounds(3, 3)])).toBeUndefined();
});

describe('no repetition is', () => {
  test.each<[string, Message[]]>([
    ['another result', [...rounds(4), ...round(4, { content: 'other' })]],
    ['other arguments', [...rounds(4), ...round(4, { args: { a: 1 } })]],
    ['a call that has no result yet', [...rounds(4), ...round(4).slice(0, 1)]],
    ['an answer in between', [...rounds(4), { role: 'assistant', content: 'Done.' }, ...round(4)]],
  ])('%s', (_, messages) => {
    expect(repeatsIn([...start, ...messages])).toBeUndefined();
  });
});

test('an output that was removed from the conversation may have been the same', () => {
  const messages = Array.from({ length: 5 }, (_, n) => round(n, { content: 'x'.repeat(500) })).flat();
  expect(repeatsIn(applyNotices(messages, ['c0', 'c1']))?.kind).toBe('told');
});
