/** Shell lines against the default policy on a machine without a sandbox. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/policy/shell/parse.js';
import { type Chance, chance, SCALE, SEEDS } from '../support/random.js';
import { BENIGN } from './benign.js';
import { FAMILIES, generated } from './bypasses.js';
import { shell } from './support.js';

const directory = mkdtempSync(join(tmpdir(), 'rookery-lines-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('there are at least 500 bypasses by hand and 300 harmless lines, each once', () => {
  expect(new Set(Object.values(FAMILIES).flat()).size).toBeGreaterThanOrEqual(500);
  expect(new Set(BENIGN).size).toBe(BENIGN.length);
  expect(BENIGN.length).toBeGreaterThanOrEqual(300);
});

test.each(Object.entries(FAMILIES))('%s: none runs unasked', (_, lines) => {
  expect(lines.filter((line) => shell(line).verdict === 'run')).toEqual([]);
});

test.each(SEEDS)('made by chance, seed %i: none runs unasked', (seed) => {
  const lines = generated(chance(seed), Math.ceil(10_000 * SCALE));
  expect(lines.filter((line) => shell(line).verdict === 'run')).toEqual([]);
});

test('at most one in twenty harmless lines is asked about', () => {
  const asked = BENIGN.filter((line) => shell(line).verdict !== 'run');
  expect(asked.length, asked.join('\n')).toBeLessThanOrEqual(BENIGN.length * 0.05);
});

test('a harmless line is no more harmless beside one that is not', () => {
  const harmful = 'touch x';
  const through = BENIGN.filter((line) => !line.includes('#')).flatMap((line) =>
    [
      `${line}; ${harmful}`,
      `${harmful} && ${line}`,
      `${line}\n${harmful}`,
      `${line} > out`,
      `${line} | ${harmful}`,
      `$(${line})`,
    ].filter((changed) => shell(changed).verdict === 'run'),
  );
  expect(through).toEqual([]);
});

test.each(SEEDS)(
  'what was read of a line is what /bin/sh runs of it, seed %i',
  (seed) => {
    const random = chance(seed);
    const recorder = makeRecorder();
    for (let n = 0; n < Math.ceil(3_000 * SCALE); n++) {
      const line = randomLine(random);
      const parsed = parseCommandLine(line);
      if (parsed.kind === 'opaque') continue;
      const known = parsed.commands.map(({ words, live }) =>
        words.map((word, at) => (live.includes(at) ? LIVE : word)),
      );
      for (const ran of recorder.run(line))
        expect([line, ran, known.some((words) => isSame(words, ran))]).toEqual([line, ran, true]);
    }
  },
  120_000,
);

// ---

const LIVE = Symbol('what the shell makes of a glob');

/** A glob stands for one name or more. */
function isSame(words: readonly (string | typeof LIVE)[], ran: readonly string[]): boolean {
  const at = words.indexOf(LIVE);
  if (at < 0) return words.length === ran.length && words.every((word, n) => word === ran[n]);
  const from = words.length - 1 - words.lastIndexOf(LIVE);
  const [start, end] = [words.slice(0, at), from === 0 ? [] : words.slice(-from)];
  const ends = from === 0 ? [] : ran.slice(-from);
  return start.every((word, n) => word === ran[n]) && end.every((word, n) => word === ends[n]);
}

const PIECES = [
  ...[
    'args',
    'args ',
    ' ',
    '\n',
    ';',
    '&&',
    '||',
    '|',
    '&',
    "'",
    '"',
    '\\',
    '$',
    '#',
    'a',
    'b',
    '{',
    '}',
    '(',
    ')',
    '!',
    '~',
  ],
  ...[
    '=',
    '-',
    '[',
    ']',
    '*',
    '?',
    '<',
    '2>&1',
    '>/dev/null',
    '</dev/null',
    '`',
    "$'",
    '$"',
    '\\\n',
    '{a,b}',
    'if ',
    'then ',
  ],
  ...[
    'fi',
    'for x in ',
    'do ',
    'done',
    'else ',
    'case ',
    'in ',
    'esac',
    '<<a',
    'x=1 ',
    'time ',
    '!(a)',
    "a'b'",
    '"a b"',
    "\\'",
  ],
  ...[
    '\\"',
    '^',
    '%',
    ':',
    '@',
    '+',
    ',',
    '.',
    '..',
    '/',
    '~/',
    '$[1',
    '\\\\',
    '\t',
    '; then ',
    '; do ',
    '; done',
    '; fi',
  ],
];

function randomLine(random: Chance): string {
  const pieces = Array.from(
    { length: 1 + random.below(9) },
    () => (random.next() < 0.4 ? ' ' : '') + random.pick(PIECES),
  );
  return `args${pieces.join('')}`;
}

/** A program `args` that writes down its arguments, and nothing else to be found. */
function makeRecorder() {
  const [bin, log, cwd] = ['bin', 'log', 'cwd'].map((name) => join(directory, name)) as [string, string, string];
  mkdirSync(bin, { recursive: true });
  mkdirSync(cwd, { recursive: true });
  writeFileSync(
    join(bin, 'args'),
    `#!/bin/sh\n{ printf '\\001'; for a in "$@"; do printf '%s\\002' "$a"; done; } >> ${log}\n`,
  );
  chmodSync(join(bin, 'args'), 0o755);
  return {
    run(line: string): string[][] {
      writeFileSync(log, '');
      spawnSync('/bin/sh', ['-c', line], { cwd, env: { PATH: bin, HOME: '/nowhere' }, timeout: 60_000 });
      const [, ...calls] = readFileSync(log, 'utf8').split('\u0001');
      return calls.map((call) => ['args', ...call.split('\u0002').slice(0, -1)]);
    },
  };
}
