/** What rules, lines and files can cost, and what they cannot reach: work that grows with their size, and no prototype. */
import { describe, expect, test } from 'vitest';
import { parseFile } from '../../src/config/file-settings.js';
import { parseCallText } from '../../src/policy/call-text.js';
import { matchesHost, matchesPath, matchesText } from '../../src/policy/glob.js';
import type { Rule } from '../../src/policy/rule.js';
import { problemOfRules, rulesSchema } from '../../src/policy/rule-schema.js';
import { expectLinear, withoutHang } from '../support/growth.js';
import { ask, shell, TOOLS } from './support.js';

describe('twice as much takes at most twice as long, by and large', () => {
  test.each([
    ['*a*a*a*a*a*a*b', 'a'],
    ['**/a/**/a/**/a/**/a/**/b', 'a/'],
    ['**/*a*/**/*a*/**/*a*/**/b', 'aa/'],
    ['*'.repeat(256), 'a'],
    ['**/'.repeat(80), 'a/'],
    ['?*'.repeat(120), 'a'],
  ])('a hostile glob %s', (glob, piece) => {
    const pathOf = (length: number): string => piece.repeat(length / piece.length);
    expectLinear(4_000, pathOf, (path) => [matchesPath(glob, path), matchesText(glob, path), matchesHost('*.x', path)]);
  });

  test('as many hostile rules as a file may hold', () => {
    const glob = '*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab';
    const rulesOf = (length: number): Rule[] => Array.from({ length }, () => ({ do: 'run', path: glob }));
    expect(rulesSchema.safeParse(rulesOf(200)).success).toBe(true);
    expectLinear(200, rulesOf, (rules) => ask('write_file', { paths: ['a'.repeat(1_000)] }, { rules }));
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
    // Always an even number: of quotes the last one must be closed in all lines, or in none.
    const lineOf = (length: number): string => piece.repeat(2 * Math.floor(length / (2 * piece.length)));
    expectLinear(8_000, lineOf, (line) => shell(line, { rules: [{ do: 'refuse', command: 'git push *' }] }));
    for (const times of [25, 50, 100]) {
      withoutHang(() => void shell(`awk '${piece.repeat(times)}' x`));
      withoutHang(() => void shell(`sed -n '${piece.repeat(times)}' x`));
    }
  });
});

describe('what is too much is not looked at', () => {
  test('a line that is longer than lines are', () => {
    expect(shell('a '.repeat(100_000))).toMatchObject({ verdict: 'ask' });
  });

  test('many and long rules are refused', () => {
    const rule: Rule = { do: 'run', path: 'a'.repeat(200) };
    expect(rulesSchema.safeParse(Array(201).fill(rule)).success).toBe(false);
    expect(rulesSchema.safeParse(Array(150).fill(rule)).success).toBe(false);
    expect(rulesSchema.safeParse([{ do: 'run', path: 'a'.repeat(300) }]).success).toBe(false);
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
    expect(parseCallText(`read_file {"${key}":{"path":"/etc"},"path":"a"}`, TOOLS).touches).toEqual({ paths: ['a'] });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test.each([...KEYS, 'toString', 'hasOwnProperty'])('%s as the name of a command or a tool', (name) => {
    expect(shell(`${name} x`).verdict).toBe('ask');
    expect(shell(`git ${name}`).verdict).toBe('ask');
    expect(ask(name, {}).verdict).toBe('ask');
  });
});
