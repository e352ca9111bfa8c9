import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Touches } from '../../src/domain/tool.js';
import { judge } from '../../src/policy/judge.js';
import { forgetRule, readRemembered, rememberedRules, rememberRule } from '../../src/policy/remembered.js';
import type { Rule } from '../../src/policy/rule.js';
import { originate } from '../../src/policy/rule.js';
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
    ['github__create', {}, []],
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
