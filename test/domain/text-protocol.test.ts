import { describe, expect, test } from 'vitest';
import {
  finalText,
  parseTextReply,
  renderObservation,
  renderTextCall,
  textProtocolInstructions,
} from '../../src/domain/text-protocol.js';
import { expectLinear } from '../support/growth.js';

describe('parseTextReply', () => {
  test('reads a call and what was said before it', () => {
    expect(parseTextReply('I look.\n  TOOL_CALL: read_file\n  ARGS: {"path":"a"}')).toEqual({
      calls: [{ name: 'read_file', args: { path: 'a' } }],
      talk: 'I look.',
      final: false,
      after: '',
    });
  });

  test('takes every call of a reply, in order', () => {
    const { calls } = parseTextReply('TOOL_CALL: a\nARGS: {}\nTOOL_CALL: b\nsome talk\nARGS: {"x":1}');
    expect(calls).toEqual([
      { name: 'a', args: {} },
      { name: 'b', args: { x: 1 } },
    ]);
  });

  test('takes arguments that span lines, with talk and fences after them', () => {
    const reply = '```\nTOOL_CALL: write\nARGS: {\n  "text": "a } \\" b",\n  "n": [1]\n}\n```\nOBSERVATION: invented';
    expect(parseTextReply(reply).calls).toEqual([{ name: 'write', args: { text: 'a } " b', n: [1] } }]);
  });

  test.each([
    ['broken JSON', 'TOOL_CALL: a\nARGS: {"x": ', 'the arguments are not valid JSON'],
    ['no object', 'TOOL_CALL: a\nARGS: [1]', 'the arguments are not a JSON object'],
    ['no arguments', 'TOOL_CALL: a\nthe end', 'no ARGS: line follows TOOL_CALL: a'],
  ])('keeps a call with %s as a problem', (_, reply, problem) => {
    expect(parseTextReply(reply).calls).toEqual([{ name: 'a', problem }]);
  });

  test('a broken call does not swallow the next one', () => {
    const { calls } = parseTextReply('TOOL_CALL: a\nARGS: {"x": "\nTOOL_CALL: b\nARGS: {}');
    expect(calls).toEqual([
      { name: 'a', problem: 'the arguments are not valid JSON' },
      { name: 'b', args: {} },
    ]);
  });

  test('a call line without a name is talk', () => {
    expect(parseTextReply('TOOL_CALL:\nARGS: {}').calls).toEqual([]);
  });

  test('FINAL at the start of the reply makes it the answer; anywhere else it is text', () => {
    expect(parseTextReply('FINAL: done\nTOOL_CALL: a\nARGS: {}').final).toBe(true);
    expect(parseTextReply(' **FINAL:** done').final).toBe(true);
    expect(parseTextReply('I write FINAL: when I am done.\nTOOL_CALL: a\nARGS: {}').final).toBe(false);
    expect(parseTextReply('TOOL_CALL: a\nARGS: {"text":"FINAL: no"}').final).toBe(false);
  });

  test.each([
    ['bold', '**TOOL_CALL:** a\n**ARGS:** {"x":1}'],
    ['bold around the line', '**TOOL_CALL: a**\n**ARGS: {"x":1}**'],
    ['code spans', '`TOOL_CALL: a`\n`ARGS: {"x":1}`'],
    ['a code block after ARGS', 'TOOL_CALL: a\nARGS:\n```json\n{"x":1}\n```'],
    ['a code block without ARGS', 'TOOL_CALL: a\n```json\n{"x":1}\n```'],
    ['a function call', 'TOOL_CALL: a({"x":1})'],
    ['arguments beside the name', 'TOOL_CALL: a {"x":1}'],
    ['a quoted name', 'TOOL_CALL: "a"\nARGS: {"x":1}'],
  ])('reads a call in %s', (_, reply) => {
    expect(parseTextReply(reply)).toMatchObject({ calls: [{ name: 'a', args: { x: 1 } }], talk: '' });
    expect(parseTextReply(reply).after).toMatch(/^[*`]*$/);
  });

  test('says what follows the last call', () => {
    expect(parseTextReply('TOOL_CALL: a\nARGS: {}\nOBSERVATION: x').after).toBe('OBSERVATION: x');
  });

  test('a large broken reply is read in one pass', () => {
    const replyOf = (times: number): string => `TOOL_CALL: a\nARGS: {"x": ["${'\\"\n['.repeat(times)}`;
    expectLinear(20_000, replyOf, parseTextReply);
    expectLinear(200_000, (size) => `TOOL_CALL: a${'*'.repeat(size)}b${' '.repeat(size)}`, parseTextReply);
  });
});

describe('finalText', () => {
  test.each([
    ['the answer', 'the answer'],
    ['  talk  ', 'talk'],
    ['I think. FINAL: 42 ', 'I think. FINAL: 42'],
    ['\n FINAL: begin a reply with `FINAL:` ', 'begin a reply with `FINAL:`'],
    ['**FINAL:** 42', '42'],
    ['FINAL:', ''],
  ])('%j gives %j', (content, answer) => {
    expect(finalText(content)).toBe(answer);
  });
});

test('what is rendered is read back', () => {
  const args = { text: 'line\nTOOL_CALL: no\nARGS: {}', n: 1 };
  expect(parseTextReply(renderTextCall('write', args)).calls).toEqual([{ name: 'write', args }]);
});

test('an observation says whether the tool failed', () => {
  expect(renderObservation('ok', 'text')).toBe('OBSERVATION: text');
  expect(renderObservation('refused', 'not here')).toBe('OBSERVATION: Tool failed with error: not here');
});

test('the instructions name the protocol and every tool with its schema', () => {
  const spec = { name: 'read_file', description: 'Reads.', parameters: { type: 'object' } };
  const text = textProtocolInstructions([spec]);
  for (const part of ['TOOL_CALL:', 'ARGS:', 'FINAL:', 'read_file: Reads.', '{"type":"object","properties":{}}']) {
    expect(text).toContain(part);
  }
  expect(textProtocolInstructions([])).toBe('');
});
