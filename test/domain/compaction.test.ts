import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyNotices, applyShrinking, chooseNotices, isNotice, shrink } from '../../src/domain/compaction.js';
import {
  type AssistantMessage,
  type Message,
  opening,
  type ToolMessage,
  totalSize,
} from '../../src/domain/conversation.js';
import { SEEDS } from '../support/random.js';

const START = opening('s', 'p');
const OPENING = START.length;
const reply = (id: string, content = ''): AssistantMessage => ({
  role: 'assistant',
  content,
  calls: [{ id, wire_id: 'call_0', name: 'read_file', args: {} }],
});
const result = (id: string, content = id): ToolMessage => ({ role: 'tool', call: id, outcome: 'ok', content });
const long = (id: string) => result(id, id.repeat(1_000));
const body = (messages: readonly Message[]): number => totalSize(messages.slice(OPENING));
const shrunk = (messages: readonly Message[], max: number): Message[] => {
  const step = shrink(messages, OPENING, max);
  return step ? applyShrinking(messages, OPENING, step) : [...messages];
};

describe('notices', () => {
  const rounds = [...START, reply('a'), long('a'), reply('b'), long('b'), reply('c'), long('c')];

  test('take the oldest outputs first, and no more than it needs', () => {
    const size = totalSize(rounds);
    expect(chooseNotices(rounds, size)).toEqual([]);
    expect(chooseNotices(rounds, size - 1)).toEqual(['a']);
    expect(chooseNotices(rounds, size - 1_000)).toEqual(['a', 'b']);
    expect(chooseNotices(rounds, 0)).toEqual(['a', 'b', 'c']);
  });

  test('never take a notice again, or an output that is shorter than one', () => {
    const noticed = applyNotices(rounds, ['a']);
    expect(chooseNotices(noticed, 0)).toEqual(['b', 'c']);
    expect(chooseNotices([...START, reply('a'), result('a', 'short')], 0)).toEqual([]);
  });

  test('replace the named outputs by one line that says how long they were', () => {
    const noticed = applyNotices(rounds, ['b']);
    expect(noticed.filter(isNotice)).toEqual([noticed[5]]);
    expect(noticed[5]).toMatchObject({ role: 'tool', call: 'b', content: expect.stringMatching(/: 1000 bytes\]$/) });
    expect(noticed.filter((_, i) => i !== 5)).toEqual(rounds.filter((_, i) => i !== 5));
  });
});

describe('a conversation that is too large', () => {
  test('is left alone as long as it fits', () => {
    const rounds = [...START, reply('a'), long('a')];
    expect(shrink(rounds, OPENING, body(rounds))).toBeUndefined();
  });

  test('loses its oldest outputs first, and has room again afterwards', () => {
    const rounds = [...START, ...[...'abcdefgh'].flatMap((id) => [reply(id), long(id)])];
    const step = shrink(rounds, OPENING, body(rounds) - 1);
    expect(step).toEqual({ noticed: ['a', 'b', 'c'], dropped: 0 });
  });

  test('loses its oldest rounds when its replies are what is large, and says how many in one line', () => {
    const said = (id: string): Message[] => [reply(id, id.repeat(2_000)), result(id)];
    const rounds = [...START, ...said('a'), ...said('b'), ...said('c'), ...said('d')];
    const once = shrunk(rounds, 6_500);
    expect(once.slice(OPENING + 1)).toEqual([...said('c'), ...said('d')]);
    expect(once[OPENING]).toMatchObject({
      role: 'user',
      removed: { rounds: 2, labels: [] },
      content: expect.stringMatching(/first 2 replies/),
    });
    const twice = shrunk([...once, ...said('e'), ...said('f')], 6_500);
    expect(twice[OPENING]).toMatchObject({ role: 'user', removed: { rounds: 4 } });
    expect(twice.slice(OPENING + 1)).toEqual([...said('e'), ...said('f')]);
    expect(twice.slice(0, OPENING)).toEqual(START);
  });

  test('keeps what people said, and its last reply with what follows', () => {
    const steer: Message = { role: 'user', content: 'also do this' };
    const rounds = [
      ...START,
      reply('a', 'x'.repeat(5_000)),
      result('a'),
      steer,
      reply('b', 'y'.repeat(5_000)),
      long('b'),
    ];
    const left = shrunk(rounds, 100);
    expect(left.filter(({ role }) => role === 'user').map(({ content }) => content)).toContain('also do this');
    expect(left.slice(-2)).toMatchObject([{ role: 'assistant' }, { role: 'tool', call: 'b' }]);
    expect(left.filter(({ role }) => role === 'assistant')).toHaveLength(1);
    expect(isNotice(left.at(-1) as Message)).toBe(true);
    expect(shrink(left, OPENING, 100)).toBeUndefined();
  });
});

describe.each(SEEDS)('seed %i', (seed) => {
  const round = fc.record({ said: fc.integer({ min: 0, max: 4_000 }), found: fc.integer({ min: 0, max: 4_000 }) });

  test('what is left fits, each result stands behind its call, and nothing is left to say twice', () => {
    fc.assert(
      fc.property(
        fc.array(round, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 12_000, max: 40_000 }),
        (given, max) => {
          const rounds = [
            ...START,
            ...given.flatMap(({ said, found }, n) => [
              reply(`${n}`, 'x'.repeat(said)),
              result(`${n}`, 'y'.repeat(found)),
            ]),
          ];
          const left = shrunk(rounds, max);
          expect(body(left)).toBeLessThanOrEqual(max);
          const calls = left.flatMap((message) => (message.role === 'assistant' ? (message.calls ?? []) : []));
          const results = left.flatMap((message) => (message.role === 'tool' ? [message.call] : []));
          expect(results).toEqual(calls.map(({ id }) => id));
          expect(shrink(left, OPENING, max)).toBeUndefined();
        },
      ),
      { seed },
    );
  });
});
