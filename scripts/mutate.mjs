/**
 * `npm run mutate`: makes seeded small changes (mutants) to the code that decides, and looks whether a unit test fails with each.
 * Prints the score and every survivor. `--count N` (100), `--seed N` (1), `--deep`: survivors are tried against the tests with
 * a Temporal server too. Works on a copy; the checkout is not touched.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const MUTATED = ['workflows', 'activities', 'src/domain', 'src/signing', 'src/policy/judge.ts'];
/** Where the unit tests of that code are; of these, the files that need a server or a worker are left out. */
const UNITS = ['activities', 'compat', 'domain', 'mirror', 'policy', 'signing', 'workflows'];
const NEEDS_SERVER = /support\/(rig|own-server|bare-server|worker-process)|cli\/support|inject\('/;
const BASELINE_MS = 600_000;
const UNIT_MS = 120_000;
const DEEP_MS = 600_000;

const { values } = parseArgs({
  options: { count: { type: 'string' }, seed: { type: 'string' }, deep: { type: 'boolean' } },
});
const count = Number(values.count ?? 100);
const seed = Number(values.seed ?? 1);

const copy = mkdtempSync(join(tmpdir(), 'rookery-mutants-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const name of [
  'src',
  'workflows',
  'activities',
  'test',
  'schema',
  'scripts',
  'dist',
  'package.json',
  'tsconfig.json',
]) {
  cpSync(name, join(copy, name), { recursive: true });
}
symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
for (const name of ['vitest.config.ts', 'docs', 'README.md']) cpSync(name, join(copy, name), { recursive: true });
const units = UNITS.flatMap((room) => filesIn(join('test', room))).filter(
  (file) => file.endsWith('.test.ts') && !NEEDS_SERVER.test(read(file)),
);
writeFileSync(
  join(copy, 'vitest.unit.config.mjs'),
  `export default { test: { include: ${JSON.stringify(units)}, pool: 'forks', maxWorkers: 2, testTimeout: 20_000 } };\n`,
);

if (!passes(['--run', '--config', 'vitest.unit.config.mjs'], BASELINE_MS)) {
  console.error('The unit tests fail without any mutant: the score would mean nothing. Run npm test first.');
  process.exit(1);
}
const chosen = choose(MUTATED.flatMap(filesIn).flatMap(mutantsOf), count, seed);
const survivors = [];
let killed = 0;
for (const [n, mutant] of chosen.entries()) {
  const path = join(copy, mutant.file);
  const text = read(mutant.file);
  writeFileSync(path, text.slice(0, mutant.at) + mutant.to + text.slice(mutant.at + mutant.from.length));
  const fails = failsUnits(mutant.file) || (values.deep && failsAll(mutant.file));
  writeFileSync(path, text);
  if (fails) killed++;
  else survivors.push(mutant);
  console.error(`${n + 1}/${chosen.length} ${fails ? 'killed  ' : 'survived'} ${describe(mutant)}`);
}
console.log(
  `seed ${seed}: ${killed} of ${chosen.length} mutants killed (${Math.round((100 * killed) / chosen.length)} %)`,
);
for (const mutant of survivors) console.log(`survived: ${describe(mutant)}`);

// ---

function read(file) {
  return readFileSync(file, 'utf8');
}

function filesIn(path) {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(path, name));
}

function failsUnits(file) {
  return !passes(['related', file, '--run', '--config', 'vitest.unit.config.mjs', '--passWithNoTests'], UNIT_MS);
}

/** With a server: everything that reaches the file. */
function failsAll(file) {
  return !passes(['related', file, '--run'], DEEP_MS);
}

function passes(args, timeout) {
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
  // The random cases of `npm test`, the same ones for every mutant.
  const env = { ...process.env, SCALE: '0.05', SEED: '1' };
  const options = { cwd: copy, env, timeout, stdio: 'ignore', killSignal: 'SIGKILL' };
  return spawnSync(process.execPath, [vitest, ...args, '--bail', '1', '--reporter', 'dot'], options).status === 0;
}

function describe({ file, line, from, to }) {
  return `${file}:${line} ${JSON.stringify(from)} -> ${JSON.stringify(to)}`;
}

/** Every small change of a file's code; comments, texts and types are left alone. */
function mutantsOf(file) {
  const text = read(file);
  const code = blanked(text);
  const found = [];
  const add = (at, from, to) => found.push({ file, at, from, to, line: text.slice(0, at).split('\n').length });
  const swaps = [
    [/ (===|!==) /g, { '===': '!==', '!==': '===' }],
    [/ (<=|>=|<|>) /g, { '<': '<=', '<=': '<', '>': '>=', '>=': '>' }],
    [/ (&&|\|\|) /g, { '&&': '||', '||': '&&' }],
    [/(?<=[\w)\]] )([+-])(?= [\w(])/g, { '+': '-', '-': '+' }],
    [/\b(true|false)\b/g, { true: 'false', false: 'true' }],
    [/\bMath\.(min|max)\b/g, { min: 'max', max: 'min' }],
    [
      /\.(some|every|startsWith|endsWith)\(/g,
      { some: 'every', every: 'some', startsWith: 'endsWith', endsWith: 'startsWith' },
    ],
  ];
  for (const [pattern, other] of swaps) {
    for (const match of code.matchAll(pattern)) {
      if (isType(code, match.index)) continue;
      add(match.index + match[0].indexOf(match[1]), match[1], other[match[1]]);
    }
  }
  for (const match of code.matchAll(/\bif \(/g)) {
    const end = closing(code, match.index + 3);
    const condition = text.slice(match.index + 4, end);
    for (const value of ['false && ', 'true || ']) add(match.index + 4, condition, `${value}(${condition})`);
  }
  for (const match of code.matchAll(/^ +(?:await |void )?(?:this|[a-z]\w*)[.#\w?]*\.[#\w]+\([^\n]*\);$/gm))
    add(match.index, text.slice(match.index, match.index + match[0].length), ';');
  return found;
}

/** Within a declaration of a type: nothing runs there. */
function isType(code, at) {
  const line = code.slice(code.lastIndexOf('\n', at) + 1, code.indexOf('\n', at));
  return (
    /^\s*(export )?(type|interface|readonly|\|)/.test(line) || /: (true|false)[;,)]/.test(line) || /\?: /.test(line)
  );
}

function closing(code, open) {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if (code[at] === '(') depth++;
    else if (code[at] === ')' && --depth === 0) return at;
  }
  return code.length;
}

/** The text with comments, strings and expressions in slashes blanked, at the same places. */
function blanked(text) {
  const parts =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|(?<=[(,=:[!&|?{};]\s*)\/(?![/*])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g;
  return text.replace(parts, (part) => part.replace(/[^\n]/g, ' '));
}

/** The same ones for the same seed. */
function choose(all, most, from) {
  let state = from;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return all
    .map((mutant) => ({ mutant, order: next() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, most)
    .map(({ mutant }) => mutant);
}
