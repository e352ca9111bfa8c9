import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '../../src/domain/conversation.js';
import { FIXED } from '../../src/domain/limits.js';
import { conversationBudgetOf, group, inputBytes, openingOf, tooLarge } from '../../src/domain/payloads.js';
import { SEEDS } from '../support/random.js';

const said = (bytes: number): Message => ({ role: 'user', content: 'x'.repeat(bytes) });

test.each(SEEDS)('groups keep all messages in order, each at most 512 KiB of JSON (seed %i)', (seed) => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 700_000 })), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const messages = lengths.map(said);
      const groups = group(messages);
      expect(groups.flat()).toEqual(messages);
      for (const one of groups) {
        expect(one.length).toBeGreaterThan(0);
        const bytes = Buffer.byteLength(JSON.stringify(one));
        // Only a message that is larger by itself may be more.
        if (one.length > 1) expect(bytes).toBeLessThanOrEqual(FIXED.payloadBytes);
      }
    }),
    { seed, numRuns: 50 },
  );
});

test('a group that is full to the byte is no larger', () => {
  const overhead = Buffer.byteLength(JSON.stringify([said(0), said(0)]));
  for (const more of [-1, 0, 1]) {
    const groups = group([said(1_000), said(FIXED.payloadBytes - overhead - 1_000 + more)]);
    for (const one of groups) expect(Buffer.byteLength(JSON.stringify(one))).toBeLessThanOrEqual(FIXED.payloadBytes);
  }
});

test('no messages are no groups', () => {
  expect(group([])).toEqual([]);
});

test('a conversation opens with the system prompt, its own or the default, and the prompt', () => {
  const prompt: Message = { role: 'user', content: 'p' };
  expect(openingOf({ prompt: 'p' }, 'default')).toEqual([{ role: 'system', content: 'default' }, prompt]);
  expect(openingOf({ prompt: 'p', system_prompt: '' }, 'default')).toEqual([{ role: 'system', content: '' }, prompt]);
});

test('an adopted conversation opens with what was adopted', () => {
  const messages: Message[] = [{ role: 'user', content: 'before' }];
  expect(openingOf({ prompt: 'p', adopted: { iterations: 2, messages } }, 'default')).toEqual(messages);
});

test('input, conversation and tail together stay below what the server takes, however large the input is', () => {
  for (const size of [1, 1_000, FIXED.promptBytes]) {
    const input = { prompt: 'x'.repeat(size) };
    const { conversation, tail } = conversationBudgetOf(input);
    expect(tooLarge(input)).toBeUndefined();
    expect(inputBytes(input) + conversation + tail).toBeLessThan(1_900 * 1024);
    // The largest reply there is, and its calls.
    expect(conversation).toBeGreaterThan(FIXED.replyBytes + FIXED.replyCallBytes + 64 * 1024);
  }
});

test('a prompt that is too long, or too long as JSON, is named with its size', () => {
  expect(tooLarge({ prompt: 'x'.repeat(FIXED.promptBytes + 1) })).toMatch(
    /^Prompt and system prompt are 1048577 bytes together, more than/,
  );
  expect(tooLarge({ prompt: '"'.repeat(FIXED.promptBytes) })).toMatch(
    /^The input of the task is \d+ bytes as JSON, more than/,
  );
});
