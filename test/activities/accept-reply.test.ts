/** What an accepted reply may hold: its text, its calls, the arguments of each call and of all calls together are bounded. */
import { expect, test } from 'vitest';
import { runsInline, toAssistantMessage } from '../../activities/accept-reply.js';
import type { ActivityDeps } from '../../activities/ports.js';
import { utf8Length } from '../../src/domain/conversation.js';
import { FIXED } from '../../src/domain/limits.js';
import type { Reply, RequestedCall } from '../../src/models/model.js';

const TOOLS = ['read_file', 'write_file', 'shell', 'notes__search'];
const deps = {
  redact: (text: string) => text.replaceAll('sk-secret', '[key]'),
  tools: {
    all: new Map(TOOLS.map((name) => [name, {}])),
    whyUnavailable: (name: string) => (name.startsWith('mcp__') ? 'The MCP server mcp did not answer yet' : undefined),
  },
} as unknown as ActivityDeps;
const call = (bytes: number, n = 0): RequestedCall => ({
  wire_id: `call_${n}`,
  name: 'write_file',
  // {"t":"…"} is 8 bytes around its text.
  args: { t: 'x'.repeat(bytes - 8) },
});
const reply = (calls: readonly RequestedCall[], content = ''): Reply => ({ content, calls }) as Reply;
const accepted = (calls: readonly RequestedCall[]) => toAssistantMessage(deps, reply(calls)).calls ?? [];

test('the arguments of one call may be as large as the limit, and no byte larger', () => {
  const [fits] = accepted([call(FIXED.callBytes)]);
  expect(fits?.problem).toBeUndefined();
  const [over] = accepted([call(FIXED.callBytes + 1)]);
  expect(over).toMatchObject({ args: {}, problem: expect.stringContaining(`are ${FIXED.callBytes + 1} bytes`) });
});

test('the arguments of all calls together are bounded: what comes behind the limit is not taken', () => {
  const half = FIXED.replyCallBytes / 2;
  const calls = accepted([call(half, 1), call(half, 2), call(9, 3), call(half, 4)]);
  expect(calls.map(({ problem }) => problem === undefined)).toEqual([true, true, false, false]);
  expect(calls[3]?.problem).toMatch(/more than the 0 that are left/);
  const taken = calls.map(({ args }) => utf8Length(JSON.stringify(args)));
  // What is not taken leaves only empty objects.
  expect(taken.reduce((a, b) => a + b, 0)).toBe(FIXED.replyCallBytes + 4);
});

test('calls behind the most that a reply may have are left out', () => {
  const calls = accepted(Array.from({ length: FIXED.replyCalls + 3 }, (_, n) => call(9, n)));
  expect(calls).toHaveLength(FIXED.replyCalls);
  expect(new Set(calls.map(({ id }) => id)).size).toBe(FIXED.replyCalls);
});

test('a text over the limit is cut, says so, and stays within it', () => {
  const text = '\u0001'.repeat(FIXED.replyBytes);
  const { content } = toAssistantMessage(deps, reply([], text));
  expect(content).toContain('the rest of this reply was cut');
  expect(utf8Length(JSON.stringify(content))).toBeLessThanOrEqual(FIXED.replyBytes + 200);
  const whole = 'x'.repeat(FIXED.replyBytes - 2);
  expect(toAssistantMessage(deps, reply([], whole)).content).toBe(whole);
});

test('keys and lone surrogates do not enter the conversation', () => {
  const { content, calls } = toAssistantMessage(
    deps,
    reply([{ wire_id: 'a', name: 'x\ud800', args: {} }], 'sk-secret \ud800'),
  );
  expect(content).toBe('[key] \ufffd');
  expect(calls?.[0]?.name).toBe('x\ufffd');
});

test.each([
  ['functions.read_file', 'read_file'],
  ['mcp__notes__search', 'mcp__notes__search'],
  ['shell_exec', 'shell'],
  ['made_up', 'made_up'],
])('a call of %s is accepted as one of %s', (said, name) => {
  expect(accepted([{ ...call(9), name: said }])).toMatchObject([{ name }]);
});

test('only a call that runs, and is inline, is run by the next iteration', () => {
  const inline = { call: 'c', placement: 'inline' } as const;
  expect(runsInline({ ...inline, verdict: 'run' })).toBe(true);
  expect(runsInline({ ...inline, verdict: 'ask' })).toBe(false);
  expect(runsInline({ ...inline, verdict: 'run', placement: 'activity' })).toBe(false);
});
