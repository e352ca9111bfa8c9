/** What a workflow's input may be: the same for a submission and for a worker that sees a start. */
import { describe, expect, test } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import { checkTaskInput } from '../../src/domain/task-input.js';

const FULL: TaskInput = {
  prompt: 'p',
  system_prompt: '',
  provider: 'litellm',
  model: 'm',
  endpoint: 'http://127.0.0.1:4000/v1',
  endpoint_origin: 'user',
  fallback: [{ provider: 'openai', model: 'm' }],
  effort: 2_000,
  limits: { max_iterations: 100_000, max_total_tokens: 1, max_output_tokens: 1, max_time_ms: null, max_cost_usd: 0.01 },
  allow: ['write'],
  yes: true,
  policy: [{ any: ['thing'] }],
  workspace: '/w',
  host: 'rookery@0a',
  created_at: '2026-01-01T00:00:00Z',
  name: '夜間ビルド 3',
  group: 'night',
  labels: { team: 'core', 'app/size': '' },
  adopted: {
    iterations: 0,
    messages: [
      { role: 'assistant', content: 'c' },
      { role: 'user', content: '', parts: [{ text: 't' }, { image_url: { url: 'u' } }] },
    ],
  },
  extra: [['note', '1e400']],
  signature: { scope: 's', mac: '0'.repeat(64), nonce: 'n', signed_at: 't' },
};

test('an input with every field is accepted as it is', () => {
  expect(checkTaskInput(FULL)).toEqual({ kind: 'input', input: FULL });
});

test('an undefined field is absent', () => {
  expect(checkTaskInput({ prompt: 'p', limits: undefined }).kind).toBe('input');
});

describe('refused, with the place and the reason', () => {
  const wrong: readonly (readonly [unknown, string])[] = [
    [null, 'expected an object, not null'],
    [['p'], 'expected an object, not a list'],
    [{}, "'prompt': it is missing"],
    [{ prompt: ' \n' }, '\'prompt\': expected a prompt that is not empty, not " \\n"'],
    [{ prompt: 'p', max_iteration: 3 }, "'max_iteration': there is no such field"],
    [{ prompt: 'p', limits: { max_iteration: 3 } }, "'limits.max_iteration': there is no such field"],
    [
      { prompt: 'p', limits: { max_iterations: 0 } },
      "'limits.max_iterations': expected a whole number from 1 to 100000, not 0",
    ],
    [
      { prompt: 'p', limits: { max_cost_usd: Number.NaN } },
      "'limits.max_cost_usd': expected a number greater than 0, not NaN",
    ],
    [{ prompt: 'p', provider: 'nope' }, "'provider': there is no provider 'nope'"],
    [{ prompt: 'p', endpoint: 'nope' }, '\'endpoint\': expected a URL, not "nope"'],
    [{ prompt: 'p', workspace: 'w' }, '\'workspace\': expected an absolute path, not "w"'],
    ...['', ' a', 'a\n', 'a/b', '\u202e', 'x'.repeat(81)].map(
      (name) => [{ prompt: 'p', name }, "'name': expected one line of 1 to 80 characters"] as const,
    ),
    [{ prompt: 'p', group: 1 }, "'group': expected one line"],
    [{ prompt: 'p', labels: ['a'] }, "'labels': expected an object of texts"],
    [{ prompt: 'p', labels: { a: 1 } }, "'labels.a': expected a key"],
    [{ prompt: 'p', labels: { '-a': 'x' } }, "'labels.-a': expected a key"],
    [
      { prompt: 'p', labels: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`l${n}`, 'x'])) },
      "'labels': expected at most 32 labels",
    ],
    [{ prompt: 'p', policy: ['x'] }, '\'policy.0\': expected an object, not "x"'],
    [{ prompt: 'p', fallback: [{ provider: 'openai' }] }, "'fallback.0.model': it is missing"],
    [
      { prompt: 'p', adopted: { iterations: 0, messages: [] } },
      "'adopted.messages': expected a list of at least 1 values, not of 0",
    ],
    [
      { prompt: 'p', signature: { scope: 's', mac: 'F'.repeat(64) } },
      "'signature.mac': expected 64 hexadecimal digits",
    ],
    [{ prompt: 'p', extra: [['note', '{']] }, "'extra.0': expected a name with the JSON text of its value"],
    [{ prompt: 'p', constructor: 1 }, "'constructor': there is no such field"],
  ];

  test.each(wrong)('%j', (value, problem) => {
    expect(checkTaskInput(value)).toEqual({ kind: 'wrong', problem: expect.stringContaining(problem) });
  });
});
