/**
 * No test says how long something may take: the machine may be slow, or busy. What grows is held against its own growth
 * (`support/growth.ts`), what must not be waited for against something that ends first, and what never ends is a hang, which
 * the time limit of the runner ends. What a person was promised is measured by `npm run bench`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { growthPerDoubling } from './support/growth.js';
import { timedNamesIn, timeLimitsIn } from './support/time-limits.js';

/**
 * The benchmark measures; the long runs end after a number of minutes; the growth of work is a ratio of two measurements;
 * the last two are made of what they look for.
 */
const MEASURING =
  /^test\/((bench|cluster|reliability)\/(?!.*\.test\.ts$)|support\/(growth|time-limits)\.ts|no-time-limits\.test\.ts)/;

const FILES = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((name) => join('test', name))
  .filter((name) => /\.(ts|mjs)$/.test(name) && !MEASURING.test(name));
const TEXTS = new Map(FILES.map((file) => [file, readFileSync(file, 'utf8')]));

test('no test holds a measured time against a number, or is impatient', () => {
  const found = [...TEXTS].flatMap(([file, text]) =>
    timeLimitsIn(text, importedInto(file, text)).map((limit) => `${file}:${limit.line}: ${limit.text}`),
  );
  expect(found).toEqual([]);
});

test('all tests are looked at', () => {
  expect(FILES.filter((file) => file.endsWith('.test.ts')).length).toBeGreaterThan(100);
  expect([...TEXTS.values()].filter((text) => timedNamesIn(text).size > 0).length).toBeGreaterThan(5);
});

describe('what must be found is found', () => {
  test.each([
    'const began = performance.now();\nawait work();\nexpect(performance.now() - began).toBeLessThan(2_000);',
    'const began = Date.now();\nawait work();\nexpect(Date.now() - began).toBeLessThanOrEqual(LIMIT_MS);',
    'const began = Date.now();\nconst took = Date.now() - began;\nexpect(took).toBeLessThan(MS * 2);',
    'const { user, system } = process.cpuUsage(start);\nexpect((user + system) / 1_000).toBeLessThan(100);',
    'const [seconds] = process.hrtime(start);\nexpect(seconds).toBeLessThan(3);',
    'let longest = 0;\nlongest = Math.max(longest, performance.now() - last);\nexpect(longest).toBeLessThan(100);',
    'async function cancel() {\n  const at = Date.now();\n  return Date.now() - at;\n}\nexpect(await cancel()).toBeLessThan(3_000);',
    'const cancel = async () => {\n  const at = Date.now();\n  return Date.now() - at;\n};\nexpect(await cancel()).toBeLessThan(3_000);',
    'const took = () => performance.now() - began;\nexpect(took()).toBeLessThan(500);',
    'const seen = [];\nseen.push(performance.now());\nexpect(seen[1] - seen[0]).toBeLessThan(500);',
    'const waited = [];\nwaited.push(Date.now() - began);\nconst [usual = 0] = waited;\nexpect(usual).toBeLessThan(500);',
    'expect(Date.now() - began < 500).toBe(true);',
    'const fast = performance.now() - began <= 500;\nexpect(fast).toBe(true);',
    'if (performance.now() - began > 2_000) throw new Error();',
    'expect(500 > performance.now() - began).toBe(true);',
    'expect(500).toBeGreaterThan(performance.now() - began);',
    'const took = Date.now() - began;\nexpect(took).not.toBeGreaterThan(500);',
    'const took = Date.now() - began;\nexpect(took).toBeCloseTo(500, -2);',
    "await until(() => done, { what: 'it is done', timeoutMs: 5_000 });",
    'await expect.poll(() => done, { timeout: 5_000 }).toBe(true);',
    'await vi.waitFor(() => expect(done).toBe(true), { timeout: 5_000 });',
    "test('is quick', { timeout: 5_000 }, async () => {",
    "test('is quick', async () => {\n  work();\n}, 5_000);",
  ])('%s', (sample) => {
    expect(timeLimitsIn(sample)).toHaveLength(1);
  });

  test('a time that another file measured', () => {
    const helper = 'export async function cancel() {\n  const at = Date.now();\n  return Date.now() - at;\n}';
    expect(timeLimitsIn('expect(await cancel()).toBeLessThan(3_000);', timedNamesIn(helper))).toHaveLength(1);
  });
});

describe('what is no limit of time is left alone', () => {
  test.each([
    'expect(bytes.length).toBeLessThan(500);',
    'expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB);',
    'const waited = Date.now() - began;\nexpect(waited).toBeGreaterThan(240);',
    'const slow = Date.now() - began;\nconst quick = Date.now() - then;\nexpect(quick).toBeLessThan(slow / 2);',
    'const deadline = Date.now() + timeoutMs;\nif (Date.now() > deadline) throw new Error();',
    '// expect(Date.now() - began).toBeLessThan(500);',
    'const expires = Date.now() - 1;\nexpect(names.length).toBeLessThan(3);',
    "await until(() => done, { what: 'it is done', timeoutMs: 120_000 });",
    "test('is long', { timeout: 600_000 }, async () => {",
  ])('%s', (sample) => {
    expect(timeLimitsIn(sample)).toEqual([]);
  });
});

test('growth tells linear from quadratic work', () => {
  const itemsOf = (length: number): number[] => Array.from({ length }, (_, n) => n);
  const pairs = (items: readonly number[]): number =>
    items.reduce((sum, a) => items.reduce((s, b) => s + a * b, sum), 0);
  const sum = (items: readonly number[]): number => items.reduce((a, b) => a + b, 0);
  expect(growthPerDoubling(2_000, itemsOf, pairs)).toBeGreaterThan(3);
  expect(growthPerDoubling(20_000, itemsOf, sum)).toBeLessThanOrEqual(2.5);
});

// ---

/** The names of times that the file imports from its helpers. */
function importedInto(file: string, text: string): ReadonlySet<string> {
  const imports = [...text.matchAll(/^import \{([^}]*)\} from '(\.[^']+)';/gm)];
  return new Set(
    imports.flatMap(([, names = '', from = '']) => {
      const target = TEXTS.get(normalize(join(dirname(file), from)).replace(/\.js$/, '.ts'));
      const timed = target === undefined ? new Set<string>() : timedNamesIn(target);
      return (names.match(/\w+/g) ?? []).filter((name) => timed.has(name));
    }),
  );
}
