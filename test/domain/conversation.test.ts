import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AssistantMessage,
  applyNotices,
  type Call,
  chooseNotices,
  isNotice,
  lastReply,
  type Message,
  openCalls,
  opening,
  settle,
  type ToolMessage,
  totalSize,
  utf8Length,
} from '../../src/domain/conversation.js';
import { SEEDS } from '../support/random.js';

const START = opening('s', 'p');
const call = (id: string): Call => ({ id, wire_id: 'call_0', name: 'read_file', args: {} });
const reply = (...ids: string[]): AssistantMessage => ({ role: 'assistant', content: '', calls: ids.map(call) });
const result = (id: string, content = id): ToolMessage => ({ role: 'tool', call: id, outcome: 'ok', content });
const said: Message = { role: 'user', content: 'steer' };

describe('settle', () => {
  test("puts the results behind their reply in the model's order, whatever order they came in", () => {
    const asked = reply('a', 'b', 'c');
    const settled = settle([...START, asked, result('c'), result('a')], [result('b')]);
    expect(settled).toEqual([...START, asked, result('a'), result('b'), result('c')]);
  });

  test('puts what was said meanwhile behind the results', () => {
    const asked = reply('a', 'b');
    const settled = settle([...START, asked, said, result('b')], [result('a')]);
    expect(settled).toEqual([...START, asked, result('a'), result('b'), said]);
  });

  test('drops strays, and leaves calls without results open', () => {
    const asked = reply('a', 'b');
    const settled = settle([...START, asked], [result('other'), result('b')]);
    expect(settled).toEqual([...START, asked, result('b')]);
    expect(openCalls(settled)).toEqual([call('a')]);
  });

  test('changes nothing before the first reply, and after a reply without calls', () => {
    expect(settle(START, [result('a')])).toEqual(START);
    const answer: Message = { role: 'assistant', content: 'done' };
    expect(settle([...START, answer, said], [])).toEqual([...START, answer, said]);
  });

  test('leaves earlier rounds as they are', () => {
    const before = [...START, reply('a'), result('a'), said];
    expect(settle([...before, reply('b')], [result('b')])).toEqual([...before, reply('b'), result('b')]);
  });
});

test('only the calls of the last reply can be open', () => {
  expect(openCalls(START)).toEqual([]);
  expect(openCalls([...START, reply('a'), reply('b', 'c'), result('b')])).toEqual([call('c')]);
  expect(lastReply(START)).toBeUndefined();
});

describe('notices', () => {
  const long = (id: string) => result(id, id.repeat(1_000));
  const rounds = [...START, reply('a', 'b'), long('a'), long('b'), reply('c'), long('c')];

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
    expect(noticed.filter(isNotice)).toEqual([noticed[4]]);
    expect(noticed[4]).toMatchObject({ role: 'tool', call: 'b', content: expect.stringMatching(/: 1000 bytes\]$/) });
    expect(noticed.filter((_, i) => i !== 4)).toEqual(rounds.filter((_, i) => i !== 4));
  });
});

const units = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes));
const text = fc.oneof(units, fc.string({ unit: 'binary', maxLength: 400 }));

const five = { minLength: 5, maxLength: 5 };
const bound = fc.integer({ min: 500, max: 20_000 });
const round: fc.Arbitrary<Round> = fc.record({
  calls: fc.integer({ min: 0, max: 5 }),
  inline: fc.array(fc.boolean(), five),
  lengths: fc.array(fc.integer({ min: 0, max: 3_000 }), five),
  order: fc.shuffledSubarray([0, 1, 2, 3, 4], five),
  steer: fc.boolean(),
  bounds: fc.tuple(bound, bound),
});

describe.each(SEEDS)('seed %i', (seed) => {
  test('the length in UTF-8 is that of the bytes, lone surrogates included', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(utf8Length(given)).toBe(Buffer.byteLength(given));
      }),
      { seed },
    );
  });

  test('the size is that of the JSON', () => {
    fc.assert(
      fc.property(fc.array(text), (contents) => {
        const messages: Message[] = contents.map((content) => ({ role: 'user', content }));
        const bytes = Buffer.byteLength(JSON.stringify(messages));
        expect(totalSize(messages)).toBe(messages.length === 0 ? bytes : bytes + 1);
      }),
      { seed },
    );
  });

  test('workflow and activity reach the same conversation, in whatever order results come', () => {
    fc.assert(
      fc.property(fc.array(round, { maxLength: 8 }), (rounds) => {
        let workflow: Message[] = [...START, askFor(0, rounds[0])];
        let activity = workflow;
        for (const [n, given] of rounds.entries()) {
          const results = given.order.filter((i) => i < given.calls).map((i) => resultOf(n, i, given));
          const inline = results.filter((_, i) => given.inline[i]);
          const tail: Message[] = [...results.filter((_, i) => !given.inline[i]), ...(given.steer ? [said] : [])];
          const next = askFor(n + 1, rounds[n + 1]);
          const { messages, noticed } = inActivity([...activity, ...sent(tail)], inline, given.bounds);
          activity = [...messages, next];
          const settled = settle([...workflow, ...tail], sent(inline));
          workflow = [...applyNotices(settled, noticed), sent(next)];
          expect(workflow).toEqual(activity);
          expect(openCalls(messages)).toEqual([]);
        }
      }),
      { seed },
    );
  });
});

// ---

interface Round {
  readonly calls: number;
  readonly inline: readonly boolean[];
  readonly lengths: readonly number[];
  readonly order: readonly number[];
  readonly steer: boolean;
  readonly bounds: readonly [number, number];
}

/** What crosses the wall is a copy. */
function sent<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function askFor(n: number, given: Round | undefined): AssistantMessage {
  return reply(...Array.from({ length: given?.calls ?? 0 }, (_, i) => `${n}.${i}`));
}

function resultOf(n: number, i: number, given: Round): ToolMessage {
  return result(`${n}.${i}`, 'x'.repeat(given.lengths[i] ?? 0));
}

/** The steps of the activity: first for the limit of the conversation, then for a model that takes even less. */
function inActivity(base: readonly Message[], inline: readonly ToolMessage[], [limit, less]: Round['bounds']) {
  const settled = settle(base, inline);
  const first = chooseNotices(settled, limit);
  const cut = applyNotices(settled, first);
  const more = chooseNotices(cut, less);
  return { messages: applyNotices(cut, more), noticed: [...first, ...more] };
}
