/** The network of shell commands in the policy: what gives it, what asks, what is never given unasked. */
import { describe, expect, test } from 'vitest';
import { checkAllow } from '../../src/policy/allow.js';
import { reachable } from '../../src/policy/judge.js';
import { overlaps } from '../../src/policy/network.js';
import { originate, type Rule } from '../../src/policy/rule.js';
import { ruleFor } from '../../src/policy/rule-for.js';
import { problemOfRules, rulesSchema } from '../../src/policy/rule-schema.js';
import { ask, type Given, question, shell } from './support.js';

const SANDBOX = { sandboxed: true };
const NPM_CI: Rule = { do: 'run', tool: 'shell', command: 'npm ci', network: 'npm' };
const call = (command: string, network: string[], given: Given = {}) =>
  ask('shell', { command, network }, { ...SANDBOX, ...given });
const reached = (command: string, given: Given = {}, network?: string[]) =>
  reachable(
    { rules: originate(given.rules ?? [], 'user file') },
    question('shell', { command, ...(network && { network }) }, { ...SANDBOX, ...given }),
  );

test('a command in the sandbox that asks for hosts waits for a person, who reads which', () => {
  expect(call('npm ci', ['npm'])).toEqual({
    verdict: 'ask',
    reason: 'The command asks for the network: registry.npmjs.org (npm).',
    rule: 'default: the network of a command asks',
  });
  const mirror = { registries: { npm: ['npm.corp.example'] } };
  expect(call('npm ci', ['npm', 'Example.org'], mirror).reason).toContain('npm.corp.example (npm), example.org.');
  expect(shell('npm ci', SANDBOX).verdict).toBe('run');
});

test('--allow of the tool or of files gives no network', () => {
  for (const allow of [['shell'], ['write'], ['shell', 'secrets'], ['network:pip'], ['network:nonsense']])
    expect(call('npm ci', ['npm'], { allow }).verdict).toBe('ask');
});

test.each([
  [['network:npm'], ['npm']],
  [['network:registry.npmjs.org'], ['npm']],
  [['network:npm'], ['registry.npmjs.org']],
  [['network:*.npmjs.org'], ['npm']],
  [
    ['network:npm', 'network:pip'],
    ['pip', 'npm'],
  ],
  [['network:localhost:4873'], ['localhost:4873']],
])('--allow %j lets a command that asks for %j run', (allow, network) => {
  expect(call('npm ci', network, { allow }).verdict).toBe('run');
});

test('a rule gives what it names to the commands that it names, and no more', () => {
  const rules = [NPM_CI];
  expect(call('npm ci', ['npm'], { rules })).toMatchObject({ verdict: 'run', rule: 'user file rule 1' });
  expect(call('npm ci', ['npm', 'example.org'], { rules }).verdict).toBe('ask');
  expect(call('npm ci && curl x', ['npm'], { rules }).verdict).toBe('ask');
  expect(call('npm ci', ['npm'], { rules: [{ do: 'run', tool: 'shell', command: 'npm ci' }] }).verdict).toBe('ask');
  expect(call('npm ci', ['npm'], { rules: [{ do: 'run', host: 'registry.npmjs.org' }] }).verdict).toBe('ask');
  // It gives a command the network; it lets no other tool run.
  const wide: Rule[] = [{ do: 'run', network: 'example.org' }];
  expect(ask('web_fetch', { hosts: ['example.org'] }, { rules: wide }).verdict).toBe('ask');
});

test('a rule that refuses a host refuses the command that asks for it, also behind a name', () => {
  const rules: Rule[] = [{ do: 'refuse', host: 'registry.npmjs.org' }];
  expect(call('npm ci', ['npm'], { rules, allow: ['network:npm'] }).verdict).toBe('refuse');
  expect(reached('npm ci', { rules, allow: ['network:npm'] })).toEqual([]);
});

describe('addresses and localhost', () => {
  test.each(['localhost:7233', '127.0.0.1:80', '[::1]:80', '169.254.169.254', '10.1.2.3:8080', 'a.localhost'])(
    '%s is given by its name in advance only: --yes is no such thing',
    (name) => {
      const yes = { authority: { allow: [], signed: true, yes: true } };
      expect(call('curl x', [name], yes)).toMatchObject({ verdict: 'refuse' });
      expect(call('curl x', [name]).reason).toContain(`--allow network:${name}`);
      expect(call('curl x', [name], { rules: [{ do: 'ask', tool: 'shell' }] }).verdict).toBe('refuse');
      expect(call('curl x', [name], { allow: [`network:${name}`] }).verdict).toBe('run');
      expect(call('curl x', [name], { rules: [{ do: 'run', network: name }] }).verdict).toBe('run');
    },
  );
});

test('what a command reaches without asking: the signed allow list, and its own rule', () => {
  expect(reached('npm ci', { rules: [NPM_CI], allow: ['network:example.org', 'shell'] })).toEqual([
    'example.org',
    'npm',
  ]);
  expect(reached('npm test', { rules: [NPM_CI] })).toEqual([]);
  expect(reached('npm ci; npm test', { rules: [NPM_CI] })).toEqual([]);
  expect(reached('npm ci', { rules: [{ do: 'run', tool: 'shell' }, NPM_CI] })).toEqual([]);
  expect(reached('npm ci', { rules: [NPM_CI], sandboxed: false })).toEqual([]);
  expect(
    reached('npm ci', { rules: [NPM_CI], authority: { allow: ['network:npm'], signed: false, yes: true } }),
  ).toEqual([]);
  expect(reached('npm ci', { rules: [{ do: 'refuse', host: '*.npmjs.org' }, NPM_CI] })).toEqual([]);
  expect(reached('npm ci', { rules: [NPM_CI, { do: 'refuse', host: '*.npmjs.org' }] })).toEqual(['npm']);
});

test.each([
  ['*.internal.example', '*.example.internal', false],
  ['a.example.org', '*.example.org', true],
  ['*.a.example.org', '*.example.org', true],
  ['*.example.org', '*.a.example.org', true],
  ['*.example.org', 'a.example.org', true],
  ['*.example.org', 'example.org', false],
  ['example.org', 'example.org', true],
  ['example.org', '*.example.org', false],
])('%s and %s have a host in common: %s', (pattern, given, common) => {
  const wildcard = given.startsWith('*.');
  expect(overlaps(pattern, { host: given.replace('*.', ''), wildcard })).toBe(common);
});

test('"always" remembers the command with its hosts, and exactly that', () => {
  const asked = question('shell', { command: 'npm ci', network: ['NPM'] });
  const rule = ruleFor(asked, 'remembered');
  expect(rule).toEqual({ do: 'run', tool: 'shell', command: 'npm ci', network: 'npm', reason: 'remembered' });
  expect(call('npm ci', ['npm'], { rules: [rule] }).verdict).toBe('run');
  expect(call('npm ci', ['pip'], { rules: [rule] }).verdict).toBe('ask');
  expect(call('npm publish', ['npm'], { rules: [rule] }).verdict).toBe('ask');
});

test('the door names what is no host', () => {
  expect(checkAllow(['network:NPM', 'network:*.Example.org:8443'], [])).toEqual([
    'network:npm',
    'network:*.example.org:8443',
  ]);
  for (const bad of ['network:', 'network:*', 'network:nmp', 'network:https://x.org'])
    expect(() => checkAllow([bad], [])).toThrow(`'${bad}' names no host that a command could be given.`);
  const problem = (rule: unknown) => {
    const parsed = rulesSchema.safeParse([rule]);
    return parsed.success ? 'none' : problemOfRules(parsed.error);
  };
  expect(problem({ do: 'run', network: ['npm', 'x.org:1'] })).toBe('none');
  expect(problem({ do: 'run', network: 'nmp' })).toContain("rule 1, 'network': a network is a host such as");
  expect(problem({ do: 'ask', network: 'npm' })).toContain("rule 1, 'network': only a rule with do");
});
