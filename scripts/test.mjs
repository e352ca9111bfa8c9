/**
 * `npm test`: everything the tests need, then the tests. The last line is `N passed, N failed`. `--long` runs them with
 * full counts (SCALE=1). `--again` runs the files in which a test failed once more, one at a time: for CI, on a machine that
 * others use too. What passes then is listed as unsteady. Further arguments go to vitest, as file filters or options. SEED
 * repeats a run's random part.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { sandboxNotice } from './sandbox-notice.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const own = new Set(['--again', '--long', '--no-build']);
const given = process.argv.slice(2);
const filters = given.filter((argument) => !own.has(argument));
const SHORT_SCALE = '0.05';
const SHOWN_SKIPS = 20;
/** With more, it is not the machine. */
const FILES_AGAIN = 5;
/** Of a failure. */
const SHOWN_LINES = 12;

process.chdir(root);
// What the tests make is not to be writable by a group, whatever the shell says: the product would refuse it.
process.umask(0o022);
if (!existsSync('node_modules/vitest')) run(npm(), ['ci']);
if (!given.includes('--no-build')) run(process.execPath, ['scripts/build.mjs']);
const seed = process.env.SEED ?? String(Math.floor(Math.random() * 2 ** 31));
process.env.SEED = seed;
process.env.SCALE = given.includes('--long') ? '1' : (process.env.SCALE ?? SHORT_SCALE);
// A file that is named is run.
if (!given.includes('--long') && filters.length === 0) process.env.SHORT_RUN = '1';
console.log(`Seeds: 1 and ${seed} (SEED=${seed} npm test repeats this run)`);
await sandboxNotice(filters);
let runs = 0;
const results = mkdtempSync(join(tmpdir(), 'rookery-results-'));
process.exitCode = report(await allTests());
rmSync(results, { recursive: true, force: true });

// ---

function npm() {
  return process.platform === 'win32' ? 'npm.cmd' : 'npm';
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status === 0) return;
  console.log(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}

async function allTests() {
  const first = await test(filters);
  const failedFiles = (first.found?.testResults ?? []).filter(({ status }) => status === 'failed');
  if (!given.includes('--again') || failedFiles.length === 0 || failedFiles.length > FILES_AGAIN) return first;
  console.log(`Once more, one at a time: ${failedFiles.length} of the files`);
  const second = await test(['--no-file-parallelism', ...failedFiles.map(({ name }) => relative(root, name))]);
  const secondFiles = new Map((second.found?.testResults ?? []).map((file) => [file.name, file]));
  for (const file of failedFiles) takeSecond(file, secondFiles.get(file.name));
  const stillFailed = failedFiles.some(({ status }) => status === 'failed');
  return { found: first.found, status: stillFailed ? 1 : second.status };
}

/** Of a file in which a test failed: the results of the second run, and what has passed only then. */
function takeSecond(file, second) {
  if (!second || second.assertionResults.length === 0) return;
  const firstFailures = new Map(
    file.assertionResults.filter((result) => result.status === 'failed').map((result) => [result.fullName, result]),
  );
  const unsteady =
    firstFailures.size > 0
      ? second.assertionResults
          .filter((result) => result.status === 'passed' && firstFailures.has(result.fullName))
          .map(({ fullName }) => sentenceOf(file, firstFailures.get(fullName)))
      : [sentenceOf(file, { fullName: 'the whole file', failureMessages: [file.message] })];
  Object.assign(file, second, { unsteady });
}

async function test(which) {
  const file = join(results, `results-${++runs}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...which];
  const { status } = spawnSync(process.execPath, vitest, { stdio: 'inherit', env: await environment() });
  return { status, found: existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined };
}

/** Without the settings of the person who runs it: they would be the tests' settings too. */
async function environment() {
  const foreign = /^(ROOKERY|TEMPORAL)_/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  return { ...env, ROOKERY_TEMPORAL_CLI: await temporalCli() };
}

async function temporalCli() {
  const { findTemporalCli } = await import('../dist/src/server/find.js');
  const { default: envPaths } = await import('env-paths');
  const cacheDirectory = envPaths('rookery', { suffix: '' }).cache;
  try {
    return (await findTemporalCli({ env: process.env, cacheDirectory, announce: console.log })).path;
  } catch (error) {
    console.log(`${error.message} ${error.hint ?? ''}`);
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
}

/** A file that could not be loaded, or an error outside of any test, counts as one failure. */
function report({ status, found }) {
  const files = found?.testResults ?? [];
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const count = (state) => tests.filter((result) => result.status === state).length;
  const broken = files.filter(
    ({ status: state, assertionResults }) =>
      state === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  ).length;
  const passed = count('passed');
  const seen = count('failed') + broken;
  const failed = seen === 0 && (status !== 0 || passed === 0) ? 1 : seen;
  if (process.env.SHORT_RUN)
    console.log('Some files are left to `npm run test:long`: FULL_RUNS_ONLY in vitest.config.ts');
  for (const line of files.flatMap(failuresIn)) console.log(line);
  if (failed > seen) console.log('Failed: no test ran, or an error came from outside of any test: see above');
  const skipped = tests.filter((result) => !['passed', 'failed'].includes(result.status));
  if (skipped.length > 0) {
    const names = skipped.slice(0, SHOWN_SKIPS).map(({ fullName }) => fullName.trim());
    console.log(`${skipped.length} skipped: ${names.join('; ')}${skipped.length > SHOWN_SKIPS ? '; …' : ''}`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** What failed, once more: the first time may be thousands of lines above. */
function failuresIn(file) {
  const failed = file.assertionResults.filter((result) => result.status === 'failed');
  const unsteady = (file.unsteady ?? []).map((sentence) => `Unsteady: ${sentence}`);
  if (failed.length === 0 && file.status === 'failed')
    return [`Failed: ${sentenceOf(file, { fullName: 'the whole file', failureMessages: [file.message] })}`];
  return [...failed.map((result) => `Failed: ${sentenceOf(file, result)}`), ...unsteady];
}

function sentenceOf({ name }, { fullName, failureMessages }) {
  const lines = stripVTControlCharacters(failureMessages.join('\n'))
    .split('\n')
    .filter((line) => !/^ +at .*(node_modules|node:internal|<anonymous>)/.test(line))
    .slice(0, SHOWN_LINES);
  return `${relative(root, name)}: ${fullName.trim()}: ${lines.join('\n  ')}`;
}
