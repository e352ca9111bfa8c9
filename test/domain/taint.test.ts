/** What a conversation has come from: each label stays known, also of rounds that were removed. */
import { expect, test } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import { labelsOf } from '../../src/domain/taint.js';
import type { CallOutcome, Label } from '../../src/domain/tool.js';

const YIELDS: Readonly<Record<string, readonly Label[]>> = {
  read_file: ['private'],
  web_fetch: ['untrusted'],
  write_file: [],
};
const yields = (tool: string): readonly Label[] | undefined => YIELDS[tool];

const round = (tool: string, outcome: CallOutcome = 'ok'): Message[] => [
  { role: 'assistant', content: '', calls: [{ id: tool, wire_id: tool, name: tool, args: {} }] },
  { role: 'tool', call: tool, outcome, content: 'x' },
];

test('outputs bring the labels of their tools, each once and in order', () => {
  expect(labelsOf([...round('web_fetch'), ...round('read_file'), ...round('read_file')], yields)).toEqual([
    'private',
    'untrusted',
  ]);
  expect(labelsOf(round('write_file'), yields)).toEqual([]);
});

test('a failed call may have shown something, a refused one has not', () => {
  expect(labelsOf(round('web_fetch', 'failed'), yields)).toEqual(['untrusted']);
  expect(labelsOf(round('web_fetch', 'unknown'), yields)).toEqual(['untrusted']);
  expect(labelsOf(round('web_fetch', 'refused'), yields)).toEqual([]);
});

test('the output of an unknown tool may be anything', () => {
  expect(labelsOf(round('gone'), yields)).toEqual(['private', 'untrusted']);
});

test('the labels of removed rounds stay', () => {
  const notice: Message = { role: 'user', content: '[removed]', removed: { rounds: 3, labels: ['untrusted'] } };
  expect(labelsOf([notice, ...round('read_file')], yields)).toEqual(['private', 'untrusted']);
});
