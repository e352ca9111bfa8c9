/** What rules, lines and files can cost, and what they cannot reach: 100 ms, and no prototype. */
import { describe, expect, test } from 'vitest';
import { parseFile } from '../../src/config/file-settings.js';
import { parseCallText } from '../../src/policy/call-text.js';
import { matchesHost, matchesPath, matchesText } from '../../src/policy/glob.js';
import type { Rule } from '../../src/policy/rule.js';
import { problemOfRules, rulesSchema } from '../../src/policy/rule-schema.js';
import { ask, shell } from './support.js';

const MS = 100;

/** By the clock of this process: others may keep the machine busy. */
function timed<T>(work: () => T): T {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1_000).toBeLessThanOrEqual(MS);
  return result;
}

describe('within 100 ms', () => {
  shell('ls'); // The first time loads the parser.

  test.each([
    ['*a*a*a*a*a*a*b', 'a'.repeat(4_000)],
    ['**/a/**/a/**/a/**/a/**/b', 'a/'.repeat(2_000)],
    ['**/*a*/**/*a*/**/*a*/**/b', 'aa/'.repeat(1_300)],
    ['*'.repeat(256), 'a'.repeat(4_000)],
    ['**/'.repeat(80), 'a/'.repeat(2_000)],
    ['?*'.repeat(120), 'a'.repeat(4_000)],
  ])('a hostile glob %s', (glob, path) => {
    timed(() => [matchesPath(glob, path), matchesText(glob, path), matchesHost('*.x', path)]);
  });

  test('as many hostile rules as a file may hold', () => {
    const glob = '*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab';
    const rules: Rule[] = Array.from({ length: 200 }, () => ({ do: 'run', path: glob }));
    expect(rulesSchema.safeParse(rules).success).toBe(true);
    timed(() => ask('write_file', { paths: ['a'.repeat(1_000)] }, { rules }));
  });

  test.each([
    ...[
      '(',
      '$(',
      '"$(',
      '`',
      '{a,',
      '[',
      '!(',
      '*',
      '\\',
      "'",
      '"',
      '<<a ',
      'a|',
      'a;',
      'if ',
      'case x in ',
      '${a:-',
      '$((',
      '#',
      '\n',
      'ls -',
    ],
    ...[
      "sed -n '1p;",
      "awk '{print 1",
      "awk '{print $1 ",
      'env ',
      'timeout 1 ',
      "sh -c '",
      'find . -name x ',
      '- ',
      '> x ',
    ],
  ])('a line of many %j', (piece) => {
    const line = piece.repeat(Math.floor(8_000 / piece.length));
    timed(() => shell(line, { rules: [{ do: 'refuse', command: 'git push *' }] }));
    timed(() => shell(`awk '${piece.repeat(100)}' x`));
    timed(() => shell(`sed -n '${piece.repeat(100)}' x`));
  });

  test('a line that is longer than lines are', () => {
    expect(timed(() => shell('a '.repeat(100_000))).verdict).toBe('ask');
  });

  test('many and long rules are refused', () => {
    const rule: Rule = { do: 'run', path: 'a'.repeat(200) };
    timed(() => expect(rulesSchema.safeParse(Array(201).fill(rule)).success).toBe(false));
    timed(() => expect(rulesSchema.safeParse(Array(150).fill(rule)).success).toBe(false));
    timed(() => expect(rulesSchema.safeParse([{ do: 'run', path: 'a'.repeat(300) }]).success).toBe(false));
  });
});

describe('rules that are wrong are named', () => {
  test.each([
    [[{ tool: 'shell' }], /rule 1, 'do'/],
    [[{ do: 'run' }, { do: 'allow' }], /rule 2, 'do'/],
    [[{ do: 'run', tol: 'x' }], /rule 1: .*tol/],
    [[{ do: 'run', path: 'a/{b,c}' }], /rule 1, 'path': .*write a list/],
    [[{ do: 'run', path: ['a', '!b'] }], /rule 1, 'path'/],
    [[{ do: 'run', host: 'https://x' }], /rule 1, 'host': .*docs\.example\.com/],
    [[{ do: 'run', host: '*' }], /rule 1, 'host'/],
    [[{ do: 'run', tool: 'a b' }], /rule 1, 'tool'/],
    [[{ do: 'run', command: 'ls; rm x' }], /rule 1, 'command'/],
    [[{ do: 'run', command: '*' }], /rule 1, 'command'/],
    [[{ do: 'run', command: 'ls $x' }], /rule 1, 'command'/],
    [[{ do: 'run', command: [] }], /rule 1, 'command'/],
    [[{ do: 'run', effect: 'delete' }], /rule 1, 'effect'/],
    ['x', /./],
  ])('%j', (rules, words) => {
    const parsed = rulesSchema.safeParse(rules);
    expect(parsed.success).toBe(false);
    if (parsed.error) expect(problemOfRules(parsed.error)).toMatch(words);
  });
});

describe('no key reaches a prototype', () => {
  const KEYS = ['__proto__', 'constructor', 'prototype'];

  test.each(KEYS)('%s in TOML', async (key) => {
    const texts = [
      `${key} = "x"`,
      `[${key}]\npolluted = true`,
      `[policy]\n${key} = 1`,
      `[[policy.rules]]\ndo = "run"\n[policy.rules.${key}]\ntool = "shell"`,
      `[policy.${key}]\nrules = []`,
    ];
    for (const text of texts)
      await parseFile('x.toml', text).catch((error: unknown) => expect(error).toMatchObject({ code: 'usage' }));
    expect(({} as { polluted?: unknown; tool?: unknown }).polluted).toBeUndefined();
    expect(({} as { tool?: unknown }).tool).toBeUndefined();
  });

  test.each(KEYS)('%s in JSON', (key) => {
    const rules: unknown = JSON.parse(`[{"do":"refuse","${key}":{"do":"run","polluted":true}}]`);
    const parsed = rulesSchema.safeParse(rules);
    if (parsed.success) expect(parsed.data).toEqual([{ do: 'refuse' }]);
    expect(parseCallText(`read_file {"${key}":{"path":"/etc"},"path":"a"}`).touches).toEqual({ paths: ['a'] });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test.each([...KEYS, 'toString', 'hasOwnProperty'])('%s as the name of a command or a tool', (name) => {
    expect(shell(`${name} x`).verdict).toBe('ask');
    expect(shell(`git ${name}`).verdict).toBe('ask');
    expect(ask(name, {}).verdict).toBe('ask');
  });
});
