/** What a finish reason means for the task, and which pieces make one reply. */
import { describe, expect, test } from 'vitest';
import { shrink } from '../../src/domain/compaction.js';
import { type Message, opening } from '../../src/domain/conversation.js';
import { afterReply, type Finish, finishOf, lastText, startOfReply } from '../../src/domain/finish.js';
import { cutCallSentence, cutTurn } from '../../src/domain/own-turns.js';

const start = opening('s', 'p');
const said = (content: string): Message => ({ role: 'assistant', content });
const turn = cutTurn(10, 'in text');
const called = (id: string): Message => ({
  role: 'assistant',
  content: '',
  calls: [{ id, wire_id: id, name: 'shell', args: {} }],
});
const result = (call: string, content = 'fine'): Message => ({ role: 'tool', call, outcome: 'ok', content });
const notRun = (call: string): Message => ({ role: 'tool', call, outcome: 'refused', content: cutCallSentence(10) });

test.each<Finish>(['stop', 'tool-calls', 'other'])('%s: the reply is whole', (finish) => {
  expect(afterReply(finish, [...start, said('x')], 10)).toBeUndefined();
});

describe('a cut reply', () => {
  const pieces = (count: number): Message[] => Array.from({ length: count }, () => [said('x'), turn]).flat();

  test('is continued three times in a row, then it fails the task', () => {
    for (const before of [0, 1, 2]) {
      expect(afterReply('length', [...start, ...pieces(before), said('x')], 10)).toEqual({ kind: 'ask', turn });
    }
    const error = 'The answer was cut at 10 output tokens; raise --max-output-tokens';
    expect(afterReply('length', [...start, ...pieces(3), said('x')], 10)).toEqual({ kind: 'failed', error });
  });

  test('with calls: they are answered, and count like pieces', () => {
    const row = (count: number): Message[] =>
      Array.from({ length: count }, (_, n) => [called(`c${n}`), notRun(`c${n}`)]).flat();
    expect(afterReply('length', [...start, ...row(2), called('z')], 10)).toBeUndefined();
    expect(afterReply('length', [...start, ...row(3), called('z')], 10)?.kind).toBe('failed');
    expect(afterReply('length', [...start, ...row(2), ...pieces(1), called('z')], 10)?.kind).toBe('failed');
  });

  test('counts anew after a reply that was whole', () => {
    const whole = [called('a'), result('a')];
    expect(afterReply('length', [...start, ...pieces(2), ...whole, said('x')], 10)).toEqual({ kind: 'ask', turn });
  });
});

test('a pause asks again with the same conversation, at most ten times in a row', () => {
  const paused = Array.from({ length: 9 }, () => said('x'));
  expect(afterReply('pause', [...start, ...paused], 10)).toEqual({ kind: 'ask' });
  expect(afterReply('pause', [...start, ...paused, said('x')], 10)?.kind).toBe('failed');
  expect(afterReply('pause', [...start, called('a')], 10)).toBeUndefined();
});

test.each<[Finish, string, string]>([
  ['content-filter', '', "The provider's content filter stopped the answer"],
  ['content-filter', 'Half', "The provider's content filter stopped the answer: Half"],
  ['refusal', 'No.\nNever.', 'The model refused to answer: No.\\nNever.'],
])('%s after %j fails the task in words', (finish, content, error) => {
  expect(afterReply(finish, [...start, said(content)], 10)).toEqual({ kind: 'failed', error });
});

test('where the cut was decides what the model is asked for, and whether the next text continues it', () => {
  const turnAfter = (content: string): unknown => afterReply('length', [...start, said(content)], 10);
  const call = 'I look.\nTOOL_CALL: shell\nARGS: {"command": "ec';
  expect(turnAfter(' ')).toEqual({ kind: 'ask', turn: cutTurn(10, 'before text') });
  expect(turnAfter(call)).toEqual({ kind: 'ask', turn: cutTurn(10, 'in a textual call') });
  expect(turnAfter('<tool_call>{"name": "shel')).toEqual({ kind: 'ask', turn: cutTurn(10, 'in a textual call') });
  expect(lastText([...start, said(call), cutTurn(10, 'in a textual call'), said('Done.')])).toBe('Done.');
});

describe('the text of a reply', () => {
  test.each<[Message[], string]>([
    [[], ''],
    [[said('whole')], 'whole'],
    [[said('a'), turn, said('b'), turn, said('c')], 'abc'],
    [[said('a'), said('b')], 'ab'],
    [[said('before'), { role: 'user', content: 'and now?' }, said('c')], 'c'],
    [[called('a'), result('a'), said('c')], 'c'],
    [[said('a'), turn, called('b'), result('b'), said('c')], 'c'],
  ])('joins its pieces and nothing else: %#', (messages, text) => {
    expect(lastText([...start, ...messages])).toBe(text);
  });

  test('without a reply there is none', () => {
    expect(startOfReply(start)).toBe(-1);
    expect(startOfReply([])).toBe(-1);
  });
});

test('the pieces of the last reply are not removed when a conversation is shortened; turns go with their reply', () => {
  const old = [said('o'.repeat(500)), turn, called('a'), result('a', 'r'.repeat(500))];
  const last = [said('one'.repeat(200)), turn, said('two'.repeat(200)), turn];
  const step = shrink([...start, ...old, ...last], start.length, 1_400);
  expect(step).toMatchObject({ dropped: 2 });
});

test('the usual finish is read from the reply', () => {
  expect(finishOf({ message: { role: 'assistant', content: 'x' } })).toBe('stop');
  expect(finishOf({ message: called('a') as never })).toBe('tool-calls');
  expect(finishOf({ finish: 'length', message: called('a') as never })).toBe('length');
});
