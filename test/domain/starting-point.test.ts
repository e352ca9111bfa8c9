/** The conversation with which a task goes on: what is dropped, answered, left open, and cut to size. */
import { expect, test } from 'vitest';
import { CONTINUES, toLineage } from '../../src/domain/continues.js';
import { type Message, opening, totalSize } from '../../src/domain/conversation.js';
import { FIXED } from '../../src/domain/limits.js';
import { cutTurn } from '../../src/domain/own-turns.js';
import { beforeLastReply, bounded, type Moment, startingPoint } from '../../src/domain/starting-point.js';
import { NO_USAGE } from '../../src/domain/task.js';

const START = opening('s', 'Do it.');
const call = (id: string, name = 'shell') => ({ id, wire_id: id, name, args: {} });
const reply = (content: string, ...calls: ReturnType<typeof call>[]): Message => ({
  ...{ role: 'assistant', content },
  ...(calls.length > 0 ? { calls } : {}),
});
const result = (id: string, content = 'ok'): Message => ({ role: 'tool', call: id, outcome: 'ok', content });
const at = (body: Message[], more: Partial<Moment> = {}): Moment => ({
  ...{ messages: [...START, ...body], opening: START.length, judged: [], sent: new Map() },
  iterations: body.filter(({ role }) => role === 'assistant').length,
  ...more,
});
const shell = { call: 'a', verdict: 'run', placement: 'activity', replay: 'unsafe', summary: 'shell · x' } as const;

test('an open call stays open for the claim on its host; in a fork it is answered, as begun or not run', () => {
  const open = at([reply('', call('a'), call('b', 'read_file'))], { judged: [shell] });
  expect(startingPoint(open, { sealCalls: false })).toMatchObject({ calls: [shell], iterations: 1 });
  const begun = { ...open, sent: new Map([['a', { left: false }]]) };
  expect(startingPoint(begun, { sealCalls: false })?.calls).toEqual([shell]);
  for (const sealed of [startingPoint(begun, { sealCalls: true })]) {
    expect(sealed?.calls).toEqual([]);
    expect(sealed?.messages.slice(1)).toMatchObject([{ outcome: 'unknown' }, { outcome: 'refused' }]);
  }
  const left = { ...open, sent: new Map([['a', { left: true }]]) };
  expect(startingPoint(left, { sealCalls: false })?.messages.slice(1)).toMatchObject([
    { call: 'a', outcome: 'unknown' },
  ]);
});

test('a refused call keeps its reason, and one that waited for an approval asks again', () => {
  const judged = [
    { ...shell, verdict: 'refuse' as const, reason: 'No.' },
    { ...shell, call: 'b', verdict: 'ask' as const },
  ];
  const point = startingPoint(at([reply('', call('a'), call('b'))], { judged }), { text: 'Go on.', sealCalls: false });
  expect(point?.messages.slice(1)).toMatchObject([
    { outcome: 'refused', content: 'No.' },
    { role: 'user', content: 'Go on.' },
  ]);
  expect(point?.calls).toMatchObject([{ call: 'b', verdict: 'run' }]);
});

test('a conversation that ends with an answer needs a text', () => {
  const done = at([reply('Done.')]);
  expect(startingPoint(done, { sealCalls: true })).toBeUndefined();
  expect(startingPoint(done, { text: 'And?', sealCalls: true })?.messages.at(-1)).toEqual({
    role: 'user',
    content: 'And?',
  });
});

test('only a reply at the end that failed is dropped, with all its pieces', () => {
  const good = [reply('', call('a')), result('a')];
  const cut: Message[] = [...good, reply('One'), cutTurn(9, 'in text'), reply('Two')];
  expect(beforeLastReply(at(cut))).toMatchObject({ iterations: 1, messages: [...START, ...good] });
  expect(beforeLastReply(at(good))).toEqual(at(good));
  const spoken: Message[] = [reply('Done.'), { role: 'user', content: 'And?' }];
  expect(beforeLastReply(at(spoken))).toEqual(at(spoken));
  const open = at([reply('', call('a'))], { judged: [shell] });
  expect(beforeLastReply(open)).toEqual(open);
  expect(beforeLastReply({ ...open, finish: 'refusal' })).toMatchObject({ iterations: 0, messages: START });
});

test('a conversation that is too large becomes notices, then loses its oldest rounds and keeps what they have seen', () => {
  const rounds = Array.from({ length: 40 }, (_, n) => [
    reply('x'.repeat(9_000), call(`c${n}`)),
    result(`c${n}`, 'y'.repeat(20_000)),
  ]).flat();
  const body = bounded(rounds, Number.POSITIVE_INFINITY);
  expect(totalSize(body)).toBeLessThanOrEqual(FIXED.continuedBytes);
  const [first] = bounded(rounds, 100_000);
  expect(first).toMatchObject({ role: 'user', removed: { labels: ['private', 'untrusted'] } });
  expect(bounded(rounds.slice(0, 2), 100_000)).toEqual(rounds.slice(0, 2));
});

test('what does not look like ours is refused', () => {
  const from = { id: 'a', run: 'r', iteration: 1 };
  const fine = { from, kind: 'retry', messages: [result('a')], iterations: 1, usage: NO_USAGE, elapsed_ms: 0 };
  expect(CONTINUES(fine)).toEqual([]);
  for (const wrong of [
    { ...fine, kind: 'again' },
    { ...fine, kind: 'rerun' },
    { ...fine, messages: [{ role: 'system', content: 's' }] },
    { ...fine, usage: {} },
    { ...fine, from: { ...from, id: '../a' } },
    { ...fine, calls: [{ ...shell, verdict: 'ask' }] },
    { ...fine, more: 1 },
  ])
    expect(CONTINUES(wrong).length, JSON.stringify(wrong)).toBeGreaterThan(0);
  expect(toLineage({ ...from, kind: 'fork' })).toEqual({ ...from, kind: 'fork' });
  expect(toLineage({ id: 'a' })).toBeUndefined();
});
