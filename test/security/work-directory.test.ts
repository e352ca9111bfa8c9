/**
 * Who owns the work directory: one that another user owns, can write or can exchange proves nothing, nor does a key or a rule
 * in it. Every verb that signs, runs or reads refuses it at its start, with one sentence; so do the manager and the plugin.
 */
import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VERBS } from '../../src/cli/verbs.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import type { Paths } from '../../src/mirror/paths.js';
import { BackgroundTasksPlugin } from '../../src/plugin.js';
import { type Bench, openBench, processesOf } from '../cli/support.js';
import { LONG } from '../support/random.js';
import { type Fault, faultsHere, WRITABLE_BY_ALL, workDirectory } from './work-directory-faults.js';

/** Of every verb that looks into the work directory, each way to call it. */
const CALLS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  run: [['--provider', 'demo', 'hi']],
  submit: [['--provider', 'demo', 'hi']],
  list: [[]],
  status: [['abcd']],
  follow: [['abcd']],
  wait: [['abcd']],
  cancel: [['abcd']],
  resume: [[], ['abcd'], ['--dry-run']],
  send: [
    ['abcd', 'hi'],
    ['abcd', '--withdraw', 'abcd'],
  ],
  pause: [['abcd'], ['--all']],
  unpause: [['abcd'], ['--all']],
  raise: [['abcd', '--max-iterations', '60']],
  result: [['abcd']],
  retry: [['abcd'], ['--failed']],
  rerun: [['abcd']],
  fork: [['abcd', '--from', '1']],
  approvals: [[]],
  approve: [['abcd'], ['abcd', '--always'], ['--all']],
  deny: [['abcd'], ['--all']],
  answer: [['abcd', 'yes']],
  up: [['-d'], []],
  down: [[]],
  worker: [[]],
  ui: [[]],
  sign: [['--provider', 'demo', 'hi']],
  policy: [['list'], ['check', 'shell: ls'], ['forget', '1']],
  audit: [['verify'], ['list']],
  mcp: [['list']],
  mirror: [['verify'], ['rebuild']],
  export: [['abcd', '--to', '/tmp/nowhere']],
  handover: [['abcd', '--to', '/tmp/nowhere', '--yes']],
  move: [['abcd', '--to', 'here', '--yes']],
  'codec-server': [['--origin', 'http://127.0.0.1:8080']],
  logs: [[]],
};
const LINES = Object.entries(CALLS).flatMap(([verb, ways]) => ways.map((words) => [verb, ...words]));

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ ROOKERY_TEMPORAL_CLI: '/nowhere/temporal' });
});
afterAll(() => bench.close());

async function broken({ make }: Fault): Promise<Paths> {
  const paths = await workDirectory(bench.root);
  await make(paths);
  return paths;
}

/** One sentence on stderr, nothing else, nothing made, nothing started. */
async function expectRefused(words: readonly string[], fault: Fault): Promise<void> {
  const { workdir } = await broken(fault);
  const before = await readdir(workdir, { recursive: true });
  const ran = await bench.run([...words, '--workdir', workdir]);
  expect(ran, `${words.join(' ')}: ${ran.stderr}`).toMatchObject({ code: 6, stdout: '' });
  expect(ran.stderr.trimEnd(), words.join(' ')).toMatch(fault.says);
  expect(await readdir(workdir, { recursive: true })).toEqual(before);
  expect(processesOf(workdir)).toEqual([]);
}

test('the table names every verb but those that say what is there, or read nothing of it', () => {
  expect(Object.keys(VERBS).filter((verb) => !Object.hasOwn(CALLS, verb))).toEqual([
    'doctor',
    'notify',
    'codec-key',
    'config',
  ]);
});

describe('every verb refuses a work directory that every user can write', () => {
  test.each(LINES.map((words) => [words.join(' '), words] as const))('%s', (_, words) =>
    expectRefused(words, WRITABLE_BY_ALL[1]),
  );
});

describe('each of these is refused, by the command, the manager and the plugin', { timeout: 240_000 }, () => {
  test.each(faultsHere)('%s', async (_, fault) => {
    for (const words of LONG ? LINES : [['sign', 'hi']]) await expectRefused(words, fault);
    const { workdir } = await broken(fault);
    for (const opening of [BackgroundTaskManager.open({ workdir }), BackgroundTasksPlugin.create({ workdir })]) {
      const error = await opening.then(
        () => undefined,
        (thrown: Error & { code: string; hint: string }) => thrown,
      );
      expect(error).toMatchObject({ code: 'environment' });
      expect(`${error?.message}. ${error?.hint}.`).toMatch(fault.says);
    }
  });

  test('with --json as an object on stdout', async () => {
    const { workdir } = await broken(WRITABLE_BY_ALL[1]);
    const ran = await bench.run(['list', '--json', '--workdir', workdir]);
    expect(ran.code).toBe(6);
    expect(JSON.parse(ran.stdout)).toStrictEqual({
      error: {
        code: 'environment',
        message: `The work directory ${workdir} can be written by others (mode 0777)`,
        hint: `Run: chmod 700 ${workdir}`,
      },
    });
  });

  test('doctor names it and reads nothing more of it; config still says where it is', async () => {
    const { workdir } = await broken(WRITABLE_BY_ALL[1]);
    const doctor = await bench.run(['doctor', '--json', '--workdir', workdir]);
    expect(doctor.code).toBe(6);
    const { checks } = JSON.parse(doctor.stdout) as { checks: { name: string; fix?: string }[] };
    expect(checks.find(({ name }) => name === 'workdir')).toMatchObject({
      ok: false,
      fix: `Run: chmod 700 ${workdir}`,
    });
    expect(checks.map(({ name }) => name)).toEqual(['node', 'workdir', 'models']);
    const config = await bench.run(['config', '--workdir', workdir]);
    expect(config).toMatchObject({ code: 0, stdout: expect.stringContaining(workdir) });
  });

  test('the command in the sentence repairs it', async () => {
    for (const [name, { make, says }] of faultsHere.filter((_, n) => LONG || n % 3 === 0)) {
      const paths = await workDirectory(bench.root);
      await make(paths);
      const { stderr } = await bench.run(['list', '--workdir', paths.workdir]);
      const command = /[Rr]un: (.*?)(; otherwise.*)?\.$/.exec(stderr.trimEnd())?.[1];
      if (command === undefined) expect(says.source, name).toContain('symlink');
      else expect(spawnSync('sh', ['-c', command]).status, name).toBe(0);
      const workdir = command === undefined ? `${paths.workdir}-moved` : paths.workdir;
      expect(await bench.run(['list', '--workdir', workdir]), name).toMatchObject({ code: 0 });
    }
  });
});
