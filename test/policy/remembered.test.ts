import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Touches } from '../../src/domain/tool.js';
import { judge } from '../../src/policy/judge.js';
import { forgetRule, readRemembered, rememberedRules, rememberRule } from '../../src/policy/remembered.js';
import { originate, type Rule } from '../../src/policy/rule.js';
import { ruleFor } from '../../src/policy/rule-for.js';
import { rulesSchema } from '../../src/policy/rule-schema.js';
import { question } from './support.js';

let file: string;
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rookery-policy-'));
  file = join(root, 'policy.json');
});
afterEach(() => rm(root, { recursive: true }));

const RULE: Rule = { do: 'run', tool: 'shell', command: 'make' };

test('a rule is remembered once, for this person only, with its place', async () => {
  expect(readRemembered(file)).toEqual([]);
  await rememberRule(file, RULE);
  await rememberRule(file, RULE);
  await rememberRule(file, { ...RULE, command: 'make all' });
  expect(readRemembered(file)).toEqual([
    { ...RULE, origin: 'remembered rule 1' },
    { ...RULE, command: 'make all', origin: 'remembered rule 2' },
  ]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('many at once are all kept', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, n) => rememberRule(file, { ...RULE, command: `make t${n}` })));
  expect(readRemembered(file)).toHaveLength(20);
});

test('forgetting takes the number, and says when there is none', async () => {
  await rememberRule(file, RULE);
  await rememberRule(file, { ...RULE, command: 'make all' });
  expect(await forgetRule(file, 1)).toEqual(RULE);
  expect(readRemembered(file)).toEqual([{ ...RULE, command: 'make all', origin: 'remembered rule 1' }]);
  await expect(forgetRule(file, 2)).rejects.toMatchObject({ code: 'not_found' });
});

describe('a call that touches nothing known is remembered with its arguments', () => {
  const args = { title: 'x', labels: [{ b: 1, a: 2 }] };
  const called = (given: unknown) => question('github__create', {}, { args: given });
  const ruled = (rule: Rule, given: unknown, name = 'github__create') =>
    judge({ rules: originate([rule], 'remembered') }, question(name, {}, { args: given })).rule;

  test('for these very ones, in whatever order, and no others', () => {
    const rule = ruleFor(called(args), 'Always.');
    expect(rule).toMatchObject({ tool: 'github__create', arguments: '{"labels":[{"a":2,"b":1}],"title":"x"}' });
    expect(rulesSchema.safeParse([rule]).success).toBe(true);
    expect(ruled(rule, { labels: [{ a: 2, b: 1 }], title: 'x' })).toBe('remembered rule 1');
    for (const other of [{}, { title: 'x' }, { ...args, more: 1 }, { ...args, title: 'X' }, undefined, [], null])
      expect([other, ruled(rule, other)]).not.toEqual([other, 'remembered rule 1']);
    expect(ruled(rule, args, 'github__delete')).not.toBe('remembered rule 1');
  });

  test('for any arguments only when that was chosen in so many words', () => {
    const rule = ruleFor(called(args), 'Always.', true);
    expect(rule).toEqual({ do: 'run', tool: 'github__create', reason: 'Always.' });
    expect(ruled(rule, { other: 1 })).toBe('remembered rule 1');
  });

  test('not where they are too long for a rule that a person could read', () => {
    expect(() => ruleFor(called({ text: 'x'.repeat(5_000) }), 'Always.')).toThrow('more than 4096 characters');
    expect(() => ruleFor(called(undefined), 'Always.')).toThrow('not an object');
  });

  test('a rule that asks or refuses by arguments asks where they are not known', () => {
    const rule: Rule = { do: 'refuse', tool: 'github__create', arguments: '{"title": "x"}' };
    const judged = (given: unknown) => judge({ rules: originate([rule], 'user file') }, called(given));
    expect(judged({ title: 'x' })).toMatchObject({ verdict: 'refuse', rule: 'user file rule 1' });
    expect(judged(undefined)).toMatchObject({ verdict: 'ask', rule: 'user file rule 1' });
    expect(judged({ title: 'y' }).rule).not.toBe('user file rule 1');
  });

  test.each(['x', '[]', '7', '"a"', `{"a":"${'x'.repeat(4_096)}"}`])('%.20s is no value of `arguments`', (text) => {
    expect(rulesSchema.safeParse([{ do: 'run', arguments: text }]).success).toBe(false);
  });
});

test('while tasks run, a change is seen and what has not changed is not read again', async () => {
  const heard: string[] = [];
  const rules = () => rememberedRules(file, (line) => heard.push(line));
  expect(rules()).toEqual([]);
  await rememberRule(file, RULE);
  expect(rules()).toHaveLength(1);
  expect(rules()).toBe(rules());
  expect(heard).toEqual([]);
});

test.each([
  '',
  '{',
  '[]',
  '{"rules":[{"do":"run","tol":"x"}]}',
  '{"rules":[{"do":"run"}],"x":1}',
  '{"rules":[{"do":"run","path":"{a}"}]}',
])('a broken file (%s) is an error at the door, and no rules and one line while tasks run', async (text) => {
  await writeFile(file, text);
  expect(() => readRemembered(file)).toThrow(expect.objectContaining({ code: 'usage' }));
  await expect(rememberRule(file, RULE)).rejects.toMatchObject({ code: 'usage' });
  const heard: string[] = [];
  for (let n = 0; n < 3; n++) expect(rememberedRules(file, (line) => heard.push(line))).toEqual([]);
  expect(heard).toHaveLength(1);
  expect(heard[0]).toContain(file);
});

test('what others can write is an error at the door, and no rules and one line while tasks run', async () => {
  await rememberRule(file, RULE);
  const heard: string[] = [];
  const rules = () => rememberedRules(file, (line) => heard.push(line));
  expect(rules()).toHaveLength(1);
  await chmod(file, 0o666);
  await writeFile(file, JSON.stringify({ rules: [RULE, { do: 'run' }] }));
  expect(rules()).toEqual([]);
  expect(rules()).toEqual([]);
  expect(heard).toEqual([expect.stringContaining(`${file} can be written by others (mode 0666)`)]);
  expect(() => readRemembered(file)).toThrow(expect.objectContaining({ code: 'environment' }));
  await expect(rememberRule(file, RULE)).rejects.toMatchObject({ code: 'environment' });
});

describe('the rule for a call lets exactly this call run', () => {
  const calls: [string, Touches, Touches[]][] = [
    ['web_fetch', { hosts: ['a.example.com'] }, [{ hosts: ['b.example.com'] }, { hosts: ['a.example.com', 'c.test'] }]],
    ['write_file', { paths: ['/tmp/a'] }, [{ paths: ['/tmp/b'] }, { paths: ['/tmp/a', '/tmp/b'] }]],
    ['write_file', { paths: ['/tmp/[id] *.ts'] }, [{ paths: ['/tmp/other.ts'] }]],
    ['shell', { command: 'make all' }, [{ command: 'make' }, { command: 'make all x' }, { command: 'make all > x' }]],
    ['shell', { command: 'npm ci && npm test' }, [{ command: 'npm ci; rm x' }]],
    ['shell', { command: 'rm *' }, [{ command: 'rm a b' }, { command: 'rm -rf .' }]],
    ['shell', { command: "git commit -m 'it''s a \"b\" *'" }, [{ command: 'git commit -m x' }]],
    ['shell', { command: 'make > out.txt' }, [{ command: 'make > x' }]],
    ['shell', { command: 'A=1 make $HOME' }, [{ command: 'A=2 make $HOME' }, { command: 'A=1 make' }]],
    ['shell', { command: "sh -c 'make all'" }, [{ command: "sh -c 'rm x'" }]],
    ['shell', { command: 'ls | xargs rm' }, [{ command: 'ls | xargs chmod' }]],
  ];
  test.each(calls)('%s %j', (name, touches, others) => {
    const rule = ruleFor(question(name, touches), 'Always, said the person.');
    expect(rulesSchema.safeParse([rule]).success).toBe(true);
    const policy = { rules: originate([rule], 'remembered') };
    const ruled = (given: Touches) => judge(policy, question(name, given)).rule;
    expect(ruled(touches)).toBe('remembered rule 1');
    for (const other of others) expect([other, ruled(other)]).not.toEqual([other, 'remembered rule 1']);
    expect(judge(policy, question('other', touches)).rule).not.toBe('remembered rule 1');
  });
});
