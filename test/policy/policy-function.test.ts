/** A policy of the user as a function: after the hard limits, before the rules, and closed when it fails. */
import { describe, expect, test, vi } from 'vitest';
import type { Touches } from '../../src/domain/tool.js';
import { judgeWith, type PolicyFunction } from '../../src/policy/policy-function.js';
import { originate, type Rule } from '../../src/policy/rule.js';
import { type Given, question, WORKSPACE } from './support.js';

function asked(
  policyFunction: PolicyFunction,
  touches: Touches,
  { tool = 'web_fetch', ...given }: Given & { tool?: string } = {},
) {
  const rules: readonly Rule[] = given.rules ?? [];
  const policy = { rules: originate(rules, 'user file') };
  return judgeWith(policyFunction, policy, { task: 'task-1', ...question(tool, touches, given) });
}
const HOST = { hosts: ['example.com'] };
const both = ['private', 'untrusted'] as const;

test('it gets the call and decides it before the rules do', async () => {
  const seen = vi.fn<PolicyFunction>(() => ({ verdict: 'run', reason: 'a partner' }));
  const args = { url: 'https://example.com' };
  const rules: Rule[] = [{ do: 'refuse' }];
  expect(await asked(seen, HOST, { args, rules })).toEqual({
    verdict: 'run',
    reason: 'a partner',
    rule: 'policy function',
  });
  expect(seen).toHaveBeenCalledWith({
    ...{ task: 'task-1', tool: 'web_fetch', effect: 'network', args, touches: HOST, labels: [], workspace: WORKSPACE },
    authority: { allow: [], signed: true, yes: false },
  });
});

test.each(['run', 'ask', 'refuse'] as const)('the answer %s may be a word alone', async (verdict) => {
  expect(await asked(() => verdict, HOST)).toMatchObject({
    verdict,
    reason: `The policy of this worker says ${verdict}.`,
  });
});

test('without an answer the rules and the defaults decide', async () => {
  expect(await asked(async () => undefined, HOST, { rules: [{ do: 'refuse' }] })).toMatchObject({
    rule: 'user file rule 1',
  });
  expect(await asked(() => undefined, HOST)).toMatchObject({ verdict: 'ask' });
});

test('it cannot change what runs', async () => {
  const args = { url: 'https://example.com' };
  await asked((call) => void Object.assign(call.args as object, { url: 'https://other.example' }), HOST, { args });
  expect(args.url).toBe('https://example.com');
});

describe('what holds for rules holds for it', () => {
  test('hard limits precede it: it is not even asked', async () => {
    const seen = vi.fn<PolicyFunction>(() => 'run');
    const paths = [`${WORKSPACE}/.git/hooks/pre-commit`];
    expect(await asked(seen, { paths }, { tool: 'write_file' })).toMatchObject({
      verdict: 'refuse',
      rule: 'protected paths',
    });
    expect(seen).not.toHaveBeenCalled();
  });

  test('the rule of two turns its run into ask, and --yes its ask into run', async () => {
    expect(await asked(() => 'run', HOST, { labels: both })).toMatchObject({ verdict: 'ask', rule: 'rule of two' });
    const authority = { allow: [], signed: true, yes: true };
    expect(await asked(() => 'ask', HOST, { authority })).toMatchObject({ verdict: 'run' });
    expect(await asked(() => 'refuse', HOST, { authority })).toMatchObject({ verdict: 'refuse' });
  });

  test('it allows an unsigned start nothing', async () => {
    const authority = { allow: [], signed: false, yes: false };
    expect(await asked(() => 'run', HOST, { authority })).toMatchObject({ verdict: 'refuse', rule: 'unsigned start' });
  });
});

describe('refuses, whatever was confirmed in advance', () => {
  const authority = { allow: ['web_fetch'], signed: true, yes: true };
  test.each<[string, PolicyFunction, RegExp]>([
    [
      'when it throws',
      () => {
        throw new Error('no database');
      },
      /failed: no database/,
    ],
    ['when it rejects', () => Promise.reject(new Error('no database')), /failed: no database/],
    ['for another word', () => 'allow' as 'run', /gave no verdict/],
    ['for true', () => true as never, /gave no verdict/],
    ['for null', () => null as never, /gave no verdict/],
  ])('%s', async (_, policyFunction, reason) => {
    const ruling = await asked(policyFunction, HOST, { authority });
    expect(ruling).toMatchObject({ verdict: 'refuse', reason: expect.stringMatching(reason) });
  });

  test('when it does not answer in time', async () => {
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort(new Error('the time is over')));
    const ruling = await asked(() => new Promise(() => undefined), HOST, { authority });
    vi.restoreAllMocks();
    expect(ruling).toMatchObject({ verdict: 'refuse', reason: expect.stringContaining('the time is over') });
  });
});
