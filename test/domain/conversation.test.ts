import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance } from '../../src/domain/apply-reply.js';
import { applyShrinking, type Shrinking, shrink } from '../../src/domain/compaction.js';
import {
  type AssistantMessage,
  type Call,
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

test('the length in UTF-8 changes at the first character of each width', () => {
  for (const given of [
    '\u007f',
    '\u0080',
    '\u07ff',
    '\u0800',
    '\uffff',
    '\u{10000}',
    '\ud800',
    '\udc00x',
    '\udc00\udc00',
  ]) {
    expect(utf8Length(given)).toBe(Buffer.byteLength(given));
  }
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
          const { messages, shrunk } = inActivity([...activity, ...sent(tail)], inline, given.bounds);
          activity = [...messages, next];
          const answer = { observations: sent(inline), shrunk: sent(shrunk), message: sent(next) };
          workflow = advance([...workflow, ...tail], START.length, answer);
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
function inActivity(base: readonly Message[], inline: readonly ToolMessage[], bounds: Round['bounds']) {
  let messages = settle(base, inline);
  const shrunk: Shrinking[] = [];
  for (const bound of bounds) {
    const step = shrink(messages, START.length, bound);
    if (!step) continue;
    shrunk.push(step);
    messages = applyShrinking(messages, START.length, step);
  }
  return { messages, shrunk };
}
