/** Which rounds a summary replaces, what it is made from, and what stays: byte for byte, with calls and results in pairs. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyShrinking } from '../../src/domain/compaction.js';
import { type Message, totalSize } from '../../src/domain/conversation.js';
import { applyCompaction, chooseCompaction, headOf, summaryBytes } from '../../src/domain/model-compaction.js';

const OPENING: Message[] = [
  { role: 'system', content: 's' },
  { role: 'user', content: 'Do it.' },
];

function round(n: number, bytes: number): Message[] {
  const call = { id: `c${n}`, wire_id: 'w', name: 'read_file', args: { path: `${n}` } };
  return [
    { role: 'assistant', content: `Step ${n}.`, calls: [call] },
    { role: 'tool', call: `c${n}`, outcome: 'ok', content: `${n}:`.padEnd(bytes, 'x') },
  ];
}

const talk = (...sizes: number[]): Message[] => [...OPENING, ...sizes.flatMap((bytes, n) => round(n, bytes))];
const compact = (messages: Message[], rounds: number, summary = 'A summary.'): Message[] =>
  applyCompaction(messages, 2, { rounds, labels: [], summary });

test('the oldest rounds go into the summary; the opening and the last rounds stay as they are', () => {
  const messages = talk(...Array.from({ length: 10 }, () => 1_000));
  const rounds = chooseCompaction(messages, 2, 12_000);
  expect(rounds).toBe(7);
  expect(headOf(messages, 2, rounds)).toEqual(messages.slice(0, 16));
  const after = compact(messages, rounds);
  expect([after.slice(0, 2), after.slice(3)]).toEqual([OPENING, messages.slice(16)]);
  expect(after[2]).toMatchObject({ role: 'user', removed: { rounds: 7, summary: 7, labels: [] } });
  expect(after[2]?.content).toMatch(/^\[The first 7 replies of this task, .*\]\n\nA summary\.$/s);
});

test.each([
  ['the last round is nearly everything', talk(100, 100, 100, 20_000), 20_000],
  ['there is one round', talk(20_000), 20_000],
  ['there is none', talk(), 1_000],
])('no summary when it would not help: %s', (_, messages, room) => {
  expect(chooseCompaction(messages, 2, room)).toBe(0);
});

test('the next summary is made from the one before it and replaces it; what is removed later keeps its text', () => {
  const first = compact(talk(...Array.from({ length: 6 }, () => 1_000)), 4, 'First.');
  const longer = [...first, ...[6, 7, 8, 9].flatMap((n) => round(n, 1_000))];
  expect(headOf(longer, 2, 3)[2]).toBe(longer[2]);
  const second = compact(longer, 3, 'Second.');
  expect(second[2]).toMatchObject({ removed: { rounds: 7, summary: 7 } });
  expect(JSON.stringify(second)).not.toContain('First.');
  const shrunk = applyShrinking(second, 2, { noticed: [], dropped: 1, labels: ['untrusted'] as never });
  expect(shrunk[2]).toMatchObject({ removed: { rounds: 8, summary: 7, labels: ['untrusted'] } });
  expect(shrunk[2]?.content).toMatch(/^\[The first 8 replies .* a summary of the first 7\..*\]\n\nSecond\.$/s);
});

test('messages of a person stay, in their order', () => {
  const messages = talk(1_000, 1_000);
  const steered: Message[] = [...messages, { role: 'user', content: 'Also b.' }, ...round(2, 1_000), ...round(3, 10)];
  const after = compact(steered, 3);
  expect(after.slice(3)).toEqual([{ role: 'user', content: 'Also b.' }, ...round(3, 10)]);
  expect(headOf(steered, 2, 3)).toEqual(steered.slice(0, -2));
});

test('whatever the sizes: every result keeps its call, nothing but old rounds goes, and it fits', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 2_000, max: 40_000 }), (lengths, room) => {
      const messages = talk(...lengths);
      const rounds = chooseCompaction(messages, 2, room);
      if (rounds === 0) return;
      const after = compact(messages, rounds, 'x'.repeat(summaryBytes(room) - 500));
      const calls = after.flatMap((m) => (m.role === 'assistant' ? (m.calls ?? []) : [])).map(({ id }) => id);
      expect(after.flatMap((m) => (m.role === 'tool' ? m.call : []))).toEqual(calls);
      expect(after.slice(3)).toEqual(messages.slice(2 + 2 * rounds));
      expect(totalSize(after.slice(2))).toBeLessThanOrEqual(room);
      expect([...headOf(messages, 2, rounds), ...after.slice(3)]).toEqual(messages);
    }),
  );
});
