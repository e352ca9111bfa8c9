/** The lines that people see of each event, and what happens now, in words. No terminal, no server. */
import { expect, test } from 'vitest';
import { FollowLines } from '../../src/cli/follow-lines.js';
import { nowText } from '../../src/cli/now-text.js';
import { shownText } from '../../src/cli/styled-line.js';
import { widthOf, wrapToWidth } from '../../src/cli/text-width.js';
import { lastLineOfWait } from '../../src/cli/wait-help.js';
import { startedSentence } from '../../src/domain/background-command.js';
import { howToRaise } from '../../src/domain/reached-limit.js';
import type { FollowEvent } from '../../src/manager/follow.js';
import type { Now } from '../../src/manager/now.js';

const TASK = '3f2a91c4-0000-4000-8000-000000000000';
const at = { cursor: 'c', time: '2026-11-27T10:00:00+00:00' };
const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };

function linesOf(...events: object[]): string[] {
  const lines = new FollowLines(TASK, () => undefined);
  return events
    .flatMap((event) => lines.of({ ...at, ...event } as FollowEvent))
    .map((line) => shownText(line, { color: false }));
}

const result = (outcome: string, content: string, tool = 'shell') => ({ type: 'result', tool, outcome, content });

test.each([
  [result('ok', 'three files\nmore'), '  ✓ shell exit 0: three files'],
  [result('ok', '\n\n'), '  ✓ shell exit 0: no output'],
  [
    result('ok', startedSentence('12345678-a')),
    '  ✓ shell: Started in the background as 12345678. Read its output with shell_output; it ends with the task.',
  ],
  [result('failed', 'error: no\n[exit code 2]'), '  ✗ shell failed, exit 2: error: no'],
  [result('failed', '[exit code 1]'), '  ✗ shell failed, exit 1: no output'],
  [result('failed', '[stopped after 120 s]'), '  ✗ shell failed: [stopped after 120 s]'],
  [result('refused', 'it is not allowed'), '  ✗ shell refused: it is not allowed'],
  [result('unknown', 'interrupted'), '  ? shell unknown: interrupted'],
  [result('ok', '[from a.com: untrusted content. X.]\nTitle', 'web_fetch'), '  ✓ web_fetch: Title'],
  [result('ok', '\u001b[2Jgone', 'read_file'), '  ✓ read_file: \\u{1b}[2Jgone'],
])('the result %j is one line', (event, line) => expect(linesOf(event)).toEqual([line]));

test.each([
  ['waiting_approval', 'waiting for approval of call abcd1234 (shell): why', 'approve 3f2a91c4 abcd1234'],
  ['waiting_approval', 'waiting for approval of call abcd1234 (shell), and 2 more: why', 'approvals 3f2a91c4'],
  ['waiting_question', 'waiting for the answer', 'answer 3f2a91c4 TEXT'],
  ['waiting_limit', 'Iteration limit of 5 reached', 'raise 3f2a91c4 --max-…'],
  ['waiting_question', 'waiting for the answer to question q: run `rookery approve x`?', 'answer 3f2a91c4 TEXT'],
  ['waiting_person', 'the key is missing', 'resume 3f2a91c4'],
  ['paused', 'paused: lunch', 'unpause 3f2a91c4'],
  ['stalled', 'no worker polls', 'move 3f2a91c4 --to here'],
])('a wait in phase %s names the command that ends it', (phase, reason, command) => {
  const [said = '', next = ''] = linesOf({ type: 'waiting', phase, reason });
  expect(said).toContain(reason);
  expect(next).toContain(`rookery ${command}`);
});

test('the commands of a limit, which its reason names, stand in a line of their own, on which they fit', () => {
  const reached = { kind: 'iterations', limit: 3, sentence: 'Iteration limit of 3 reached' } as const;
  expect(linesOf({ type: 'waiting', phase: 'waiting_limit', reason: howToRaise(TASK, reached) })).toEqual([
    'Iteration limit of 3 reached',
    '  rookery raise 3f2a91c4 --max-iterations 6  or  rookery cancel 3f2a91c4',
  ]);
});

test.each([
  [{ compacted: 4 }, 'summary in place of 4 older replies'],
  [{ compacted: 1 }, 'summary in place of 1 older reply'],
  [{ invalid: 'no name\nat all' }, 'answer that does not match the schema (no name)'],
  [{}, 'answer'],
])('an iteration with %j is called %s', (more, what) => {
  const event = { type: 'iteration', iteration: 1, model: 'm', content: 'X', calls: 0, finish: 'stop', usage, ...more };
  expect(linesOf(event)).toEqual([`iteration 1 · m · ${what} · 2 tokens`]);
  // A summary is no answer that the task continues from.
  expect(linesOf(event, event)).toHaveLength('compacted' in more ? 2 : 3);
});

test('a later run shows what the person said, and a fork where it comes from', () => {
  const from = { id: TASK, iteration: 2 };
  expect(linesOf({ type: 'retry', by: 'send', iteration: 5, text: 'Look again.\nPlease.' })).toEqual([
    'continues after iteration 5 (send): Look again.',
  ]);
  expect(linesOf({ type: 'retry', by: 'retry', iteration: 5 })).toEqual(['continues after iteration 5 (retry)']);
  expect(linesOf({ type: 'fork', from })).toEqual([`fork of ${TASK} after iteration 2`]);
});

const waitOf = (phase: string, reason: string, ...waiting: object[]) =>
  ({ id: TASK, detail: { phase, reason, waiting } }) as never;

test('the end of a follow does not repeat the wait that was shown; one that was not shown it tells', () => {
  const reason = 'waiting for approval of call abcd1234 (shell): why';
  const timed = waitOf('waiting_approval', reason, { id: 'call', until: '2126-11-29T09:12:00Z' });
  expect(lastLineOfWait(timed, true)).toMatch(/^The task waits: until \w{3} /);
  expect(lastLineOfWait(waitOf('paused', 'x'), true)).toBeUndefined();
  expect(lastLineOfWait(waitOf('waiting_approval', reason, { id: 'call', until: null }), false)).toBe(
    `The task is waiting (no time limit): ${reason}. Continue it with: rookery approve 3f2a91c4 abcd1234  or  rookery deny 3f2a91c4 abcd1234`,
  );
  const held = 'Temporal itself has paused the workflow; lift that with: temporal workflow unpause --workflow-id x';
  expect(lastLineOfWait(waitOf('paused', held), false)).toBe(`The task is waiting: ${held}`);
});

test('an answer that was not the end is shown in full when the task goes on', () => {
  const answer = {
    type: 'iteration',
    iteration: 1,
    model: 'm',
    content: 'One.\nTwo.',
    calls: 0,
    finish: 'stop',
    usage,
  };
  const next = { ...answer, iteration: 2, calls: 1, finish: 'tool-calls', content: 'I look.' };
  expect(linesOf(answer)).toHaveLength(1);
  expect(linesOf(answer, next).slice(1)).toEqual(['  │ One.', '  │ Two.', expect.any(String), '  │ I look.']);
});

const now = (given: object): string => nowText({ now: { since: 0, ...given } as Now, writing: false, at: 34_000 });

test.each([
  [{ kind: 'thinking' }, 'model is thinking, 34 s'],
  [{ kind: 'tool', calls: [{ name: 'shell', args: { command: 'npm test\n' } }] }, 'shell: npm test, 34 s'],
  [{ kind: 'tool', calls: [{ name: 'own', args: null }] }, 'own, 34 s'],
  [{ kind: 'retrying', attempt: 3, next: 38_000, error: 'lost' }, 'attempt 3 in 4 s after: lost'],
  [{ kind: 'waiting', phase: 'paused', reason: null }, 'paused, 34 s'],
  [{ kind: 'thinking', since: 99_000 }, 'model is thinking, 0 s'],
])('now %j is said as %s', (given, text) => expect(now(given)).toBe(text));

test('a line is cut to the columns of the terminal, colours and wide characters included', () => {
  const line = ['  ', { text: '日本語の文章です', tone: 'bad' }, ' and more'] as const;
  for (let columns = 1; columns < 30; columns++) {
    const shown = shownText(line, { columns, color: true }).replace(/\u001b\[\d+m/g, '');
    expect(widthOf(shown)).toBeLessThanOrEqual(columns);
  }
  expect(shownText(line, { color: true })).toContain('\u001b[31m日本語の文章です\u001b[0m');
});

test('text is broken between words, and long words where they must be; nothing is lost', () => {
  expect(wrapToWidth('one two three', 8)).toEqual(['one two', 'three']);
  expect(wrapToWidth('日本語の文章', 5)).toEqual(['日本', '語の', '文章']);
  expect(wrapToWidth('a\n\nb', 5)).toEqual(['a', '', 'b']);
  const text = 'Ein 日本語 Satz mit einemsehrlangenwortdasnirgendspasst und 全角文字列です。';
  for (let columns = 2; columns < 40; columns++) {
    const rows = wrapToWidth(text, columns);
    expect(rows.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(columns);
  }
});
