import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyNotices } from '../../src/domain/compaction.js';
import { type AssistantMessage, type Message, opening } from '../../src/domain/conversation.js';
import { newRecord } from '../../src/domain/task.js';
import { type TranscriptHeader, transcriptMarkdown } from '../../src/domain/transcript.js';
import { SEEDS } from '../support/random.js';

const STANDING: TranscriptHeader = {
  prompt: 'Count.\nAll of it.',
  record: newRecord(1, { model: 'm' }),
  phase: 'thinking',
  reason: null,
  id: 'task-1',
};
const CALL = { id: 'a', wire_id: 'call_0', name: 'read_file', args: { path: 'a`b' } };
const ASKED: AssistantMessage = { role: 'assistant', content: 'I look.', calls: [CALL] };

const result = (content: string): Message => ({ role: 'tool', call: 'a', outcome: 'ok', content });
const show = (...messages: Message[]): string =>
  transcriptMarkdown(STANDING, [...opening('secret rules', 'Count.'), ...messages]);

describe('the transcript', () => {
  test.each([
    ['length', ' · last reply: length'],
    ['stop', ''],
    ['tool-calls', ''],
  ] as const)('says of a last reply that ended with %s: %j', (finish, words) => {
    const standing = { ...STANDING, record: { ...STANDING.record, finish } };
    expect(transcriptMarkdown(standing, [])).toContain(`iteration 0 · m · 0 tokens${words}\n`);
  });

  test('shows prompt, state, what was said, called and found, and not the system prompt', () => {
    const text = transcriptMarkdown({ ...STANDING, phase: 'waiting_person', reason: 'no key' }, [
      ...opening('secret rules', 'Count.'),
      ASKED,
      result('1 line'),
      { role: 'assistant', content: 'One.' },
    ]);
    expect(text).toBe(
      [
        '## Count.',
        '**running** · waiting_person: no key',
        'To continue it: `rookery resume task-1`',
        'iteration 0 · m · 0 tokens',
        '**Asked**\n\nCount.',
        '### iteration 1\n\nI look.\n\n- call `read_file` `{"path":"aʼb"}`',
        '_ok_\n\n```\n1 line\n```',
        '### iteration 2\n\nOne.',
      ].join('\n\n'),
    );
  });

  test('keeps the newest and names the rest when there is more than fits', () => {
    const rounds = Array.from({ length: 40 }, (_, n): Message[] => [
      { role: 'assistant', content: `${n} ${'x'.repeat(1_000)}` },
    ]);
    const text = show(...rounds.flat());
    expect(text).toContain('_earlier messages are in the history_\n\n### iteration ');
    expect(text).toContain('### iteration 40\n\n39 x');
    expect(text).not.toContain('\n\n3 x');
  });

  test('shows a notice as what it is', () => {
    const [, , , noticed] = applyNotices([...opening('s', 'p'), ASKED, result('x'.repeat(300))], ['a']);
    expect(noticed && show(ASKED, noticed)).toContain('_[output removed to keep the conversation within its limit');
  });

  test('cuts long parts between characters', () => {
    expect(show(result('😀'.repeat(2_000)))).not.toMatch(/\p{Cs}/u);
    expect(show(result(`x${'😀'.repeat(2_000)}`))).toContain('😀…\n```');
  });
});

const wild = fc.string({
  unit: fc.constantFrom('`', '``', '~~~', '\n', '\r', '# ', 'text', '一', '😀', '> ', '|'),
  maxLength: 3_000,
});

describe.each(SEEDS)('seed %i', (seed) => {
  test('no tool output can end its fence', () => {
    fc.assert(
      fc.property(wild, (content) => {
        const shown = show(result(content));
        const block = shown.slice(shown.indexOf('_ok_\n\n') + '_ok_\n\n'.length);
        const fence = /^`{3,}/.exec(block)?.[0] ?? '';
        expect(block.endsWith(`\n${fence}`)).toBe(true);
        const inside = block.slice(fence.length, -fence.length);
        expect(inside).not.toContain(fence);
      }),
      { seed },
    );
  });

  test('however much there is, it fits into the 64 KiB of the Web UI', () => {
    const part = fc.oneof(
      wild.map((content) => result(content)),
      wild.map((content): Message => ({ role: 'assistant', content })),
      wild.map((content): Message => ({ role: 'user', content })),
      fc.constantFrom('一', '', '一'.repeat(5_000)).map((content): Message => ({ role: 'user', content })),
    );
    fc.assert(
      fc.property(part, wild, fc.constantFrom(1, 100, 5_000), (message, prompt, times) => {
        const standing = { ...STANDING, prompt, reason: '一'.repeat(300) };
        const text = transcriptMarkdown(standing, [
          ...opening('s', prompt),
          ...Array.from({ length: times }, () => message),
        ]);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64 * 1024);
      }),
      { seed, numRuns: 30 },
    );
  });
});
