/** The long runs find what must not happen: a judge that finds nothing in any case would praise everything. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import type { CallOutcome } from '../../src/domain/tool.js';
import { lookForCanary } from '../cluster/canary.js';
import { countLines, effectsOf, sumOf } from '../support/effects.js';
import { publish } from '../support/publish.js';
import { openJournal } from './journal.js';
import { tableOf } from './report.js';
import { goesBack, repeatedReplies, type Verdict } from './verdict.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rookery-judging-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function conversation(outcomes: Readonly<Record<string, CallOutcome>>): Message[] {
  const calls = Object.keys(outcomes).map((id) => ({ id: `our-${id}`, wire_id: id, name: 'shell', args: {} }));
  const results = Object.entries(outcomes).map(([id, outcome]): Message => {
    return { role: 'tool', call: `our-${id}`, outcome, content: '' };
  });
  return [{ role: 'assistant', content: 'x', calls }, ...results];
}

describe('the effects of calls', () => {
  test('one line each, none twice, none missing, and the unknown apart', () => {
    const messages = conversation({ a: 'ok', b: 'ok', c: 'ok', d: 'unknown', e: 'unknown' });
    const found = effectsOf(messages, countLines(['a', 'b', 'b', 'd']));
    expect(found).toEqual({ calls: 5, once: 1, doubled: 1, missing: 1, unknown: 2, unknownRan: 1 });
    expect(sumOf([found, found])).toMatchObject({ calls: 10, doubled: 2 });
  });

  test('a call that ran twice is doubled whatever the model was told', () => {
    const found = effectsOf(conversation({ a: 'unknown' }), countLines(['a', 'a']));
    expect(found).toMatchObject({ doubled: 1, unknown: 0 });
  });
});

describe('the files', () => {
  const seen = (...states: string[]) =>
    states.map((status, at) => ({ path: 'x.json', at, text: JSON.stringify({ status }) }));

  test('an end that is taken back is found', () => {
    expect(goesBack(seen('Pending', 'Running', 'Completed'), 'x.json')).toBe(false);
    expect(goesBack(seen('Running', 'Completed', 'Running'), 'x.json')).toBe(true);
    expect(goesBack(seen('Running', 'Completed', 'Running'), 'y.json')).toBe(false);
  });
});

describe('accepted replies', () => {
  const replies: Message[] = ['one', 'two'].map((content) => ({ role: 'assistant', content }));
  const asked = (...answers: [number, string][]) =>
    answers.map(([accepted, content]) => ({
      messages: Array.from({ length: accepted }, () => ({ role: 'assistant' })),
      answer: { content },
    }));

  test('a reply that was lost before it was accepted is no fault, one that was accepted before is', () => {
    expect(repeatedReplies(replies, asked([0, 'lost'], [0, 'one'], [1, 'two']))).toBe(0);
    expect(repeatedReplies(replies, asked([0, 'one'], [1, 'two'], [0, 'again']))).toBe(1);
  });
});

test('the words of a prompt are found in text and in binary columns', () => {
  const hex = Buffer.from('x canary-of-the-prompt-3f9a1c rookery.iterate').toString('hex');
  const found = lookForCanary((database) =>
    Buffer.from(database === 'temporal' ? `\\x${hex}` : 'canary-of-the-prompt-3f9a1c'),
  );
  expect(found).toEqual({ found: 2, control: 1 });
});

test('a run is continued after the last whole batch, and counts no other one', () => {
  const path = join(directory, 'run.jsonl');
  const verdict = {
    ...sumOf([]),
    tasks: 3,
    lost: 1,
    torn: 0,
    terminalToRunning: 0,
    filesBehind: 0,
    askedAgain: 0,
    stray: 0,
  };
  const kill = (batch: string) =>
    ({ type: 'episode', batch, victims: 'worker', moment: 'tool', landed: true }) as const;
  openJournal(path).append([
    ...[kill('calls-0'), kill('calls-1')],
    { type: 'batch', batch: 'calls-0', seed: 1, date: '2026-11-27T00:00:00Z', seconds: 1, verdict },
  ]);
  appendFileSync(path, '{"type":"batch","batch":"calls-1","se');
  const journal = openJournal(path);
  expect([journal.has('calls-0'), journal.has('calls-1')]).toEqual([true, false]);
  const table = tableOf(journal.lines, 1);
  expect(table).toContainEqual('| `kill -9` inside an unsafe tool | 1 | ≥ 200 |');
  expect(table).toContainEqual(expect.stringMatching(/^\| lost: .* \| 1 \|$/));
});

test('what a batch does not watch is no zero in the table', () => {
  const watched = {
    ...sumOf([]),
    tasks: 3,
    lost: 0,
    torn: 0,
    terminalToRunning: 1,
    filesBehind: 0,
    askedAgain: 0,
    stray: 0,
  };
  const unwatched = { ...watched, tasks: 5, terminalToRunning: null, askedAgain: null };
  const batch = (verdict: Verdict) =>
    ({ type: 'batch', batch: 'many-0', seed: 1, date: '2026-11-27T00:00:00Z', seconds: 1, verdict }) as const;
  expect(tableOf([batch(watched), batch(unwatched)], 1)).toContainEqual(
    expect.stringMatching(/^\| files that went .* \(not watched in 5 tasks\) \| 1 \|$/),
  );
  expect(tableOf([batch(unwatched)], 1)).toContainEqual(
    expect.stringMatching(/^\| accepted .* \(not watched\) \| – \|$/),
  );
});

test('a table is put into its place of a page, again and again', () => {
  const page = join(directory, 'page.md');
  writeFileSync(page, 'before\n<!-- figures -->\n<!-- /figures -->\nafter\n');
  for (const line of ['old', 'new']) publish(page, 'figures', [line]);
  expect(readFileSync(page, 'utf8')).toBe('before\n<!-- figures -->\n\nnew\n\n<!-- /figures -->\nafter\n');
  expect(() => publish(page, 'others', [])).toThrow('no place for others');
});
