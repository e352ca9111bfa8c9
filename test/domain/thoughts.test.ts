/** What opens a reply as reasoning is no part of it; the same tags anywhere else are text. */
import { describe, expect, test } from 'vitest';
import { splitThoughts } from '../../src/domain/thoughts.js';
import { expectLinear } from '../support/growth.js';

describe('reasoning', () => {
  test.each([
    ['in tags', '<think>\nhm\n</think>\n\nFour.', 'hm', 'Four.'],
    ['in other tags', ' <Reasoning>hm</reasoning>Four.', 'hm', 'Four.'],
    ['of Magistral', '[THINK]hm[/THINK]Four.', 'hm', 'Four.'],
    ['of Kimi', '◁think▷hm◁/think▷Four.', 'hm', 'Four.'],
    ['twice', '<think>a</think>\n<thought>b</thought>Four.', 'a\n\nb', 'Four.'],
    ['with code in it', '<think>\n```\nx\n```\n</think>Four.', '```\nx\n```', 'Four.'],
    ['that is never closed', '<think>hm, and then', 'hm, and then', ''],
    ['that is empty', '<think></think>Four.', '', 'Four.'],
    [
      'whose start was in the prompt',
      'hm\n```\nx\n```\nso four.\n</think>\nFour.',
      'hm\n```\nx\n```\nso four.',
      'Four.',
    ],
    ['and nothing else', 'hm</think>', 'hm', ''],
    [
      'in a channel',
      '<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Four.<|return|>',
      'hm',
      'Four.',
    ],
  ])('%s', (_, reply, thoughts, text) => {
    expect(splitThoughts(reply)).toEqual({ thoughts, text });
  });
});

describe('no reasoning', () => {
  test.each([
    ['later in the text', 'Four. <think>hm</think> Yes.'],
    ['in code', '```\n<think>\nhm\n</think>\n```\nThat is the form.'],
    ['in a code block', 'The end is:\n```\n</think>\n```'],
    ['in a code span', 'The end tag is `</think>`, and'],
    ['in quotation marks', 'It writes "</think>" at the end.'],
    ['in a quotation', '> hm</think>'],
    ['in another word', '<thinker>hm</thinker>'],
    ['nowhere', '  Four.\n'],
  ])('%s', (_, text) => {
    expect(splitThoughts(text)).toEqual({ thoughts: '', text });
  });
});

test('a large reply is read in one pass', () => {
  expectLinear(200_000, (size) => '<think></think>'.repeat(size / 15), splitThoughts);
  expectLinear(200_000, (size) => '\n'.repeat(size / 2) + '<think'.repeat(size / 12), splitThoughts);
});
