/**
 * Who owns the work directory: one that another user owns, can write or can exchange proves nothing, nor does a key or a rule
 * in it. Every verb that signs, runs or reads refuses it at its start, with one sentence; so do the manager and the plugin.
 */
import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VERBS } from '../../src/cli/verbs.js';
import { BackgroundTaskManager } from '../../src/manager/manager.js';
import { type Paths, pathsOf } from '../../src/mirror/paths.js';
import { BackgroundTasksPlugin } from '../../src/plugin.js';
import { type Bench, MAIN, openBench, processesOf, type Ran } from '../cli/support.js';
import { LONG } from '../support/random.js';

const ANOTHER_USER = 65_534;
const IS_ROOT = process.geteuid?.() === 0;

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
  approvals: [[]],
  approve: [['abcd'], ['abcd', '--always']],
  deny: [['abcd']],
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
  logs: [[]],
};
const LINES = Object.entries(CALLS).flatMap(([verb, ways]) => ways.map((words) => [verb, ...words]));

interface Fault {
  readonly make: (paths: Paths) => Promise<unknown>;
  readonly says: RegExp;
  /** Only root can give a file to another user. */
  readonly asRoot?: boolean;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'a directory that everybody can write': {
    make: ({ workdir }) => chmod(workdir, 0o777),
    says: /^The work directory (\S+) can be written by others \(mode 0777\)\. Run: chmod 700 \1\.$/,
  },
  'a directory that its group can write': {
    make: ({ workdir }) => chmod(workdir, 0o770),
    says: /^The work directory (\S+) can be written by others \(mode 0770\)\. Run: chmod 700 \1\.$/,
  },
  'a sticky directory that everybody can write': {
    make: ({ workdir }) => chmod(workdir, 0o1777),
    says: /^The work directory (\S+) can be written by others \(mode 1777\)\. Run: chmod 700 \1\.$/,
  },
  'a directory of another user': {
    make: ({ workdir }) => chown(workdir, ANOTHER_USER, ANOTHER_USER),
    says: /^The work directory (\S+) belongs to user 65534, and this is user 0\. If it is yours, run: chown -R 0 \1; otherwise do not use it\.$/,
    asRoot: true,
  },
  'a symlink in its place': {
    make: async ({ workdir }) => {
      await rename(workdir, `${workdir}-moved`);
      await symlink(`${workdir}-moved`, workdir);
    },
    says: /^The work directory (\S+) is a symlink\. Name the directory itself: --workdir \1-moved\.$/,
  },
  'a parent in which everybody can exchange it': {
    make: ({ workdir }) => chmod(dirname(workdir), 0o777),
    says: /^Every user can exchange the work directory \S+, because (\S+) can be written by others \(mode 0777\)\. Run: chmod o-w \1\.$/,
  },
  'tasks that everybody can write': {
    make: ({ tasks }) => chmod(tasks, 0o777),
    says: /^The directory (\S+\/tasks) can be written by others \(mode 0777\)\. Run: chmod 700 \1\.$/,
  },
  'notes that everybody can write': {
    make: ({ side }) => chmod(side, 0o777),
    says: /^The directory (\S+\/\.rookery) can be written by others/,
  },
  'data of the server that everybody can write': {
    make: ({ workdir }) => chmod(join(workdir, 'server'), 0o777),
    says: /^The directory (\S+\/server) can be written by others/,
  },
  'a signing key that everybody can write': {
    make: ({ signingKey }) => chmod(signingKey, 0o622),
    says: /^The signing key (\S+) can be written by others \(mode 0622\)\. Run: chmod 600 \1\.$/,
  },
  'a signing key of another user': {
    make: ({ signingKey }) => chown(signingKey, ANOTHER_USER, ANOTHER_USER),
    says: /^The signing key (\S+) belongs to user 65534, and this is user 0\. If it is yours, run: chown 0 \1; otherwise do not use it\.$/,
    asRoot: true,
  },
  'an audit key that its group can write': {
    make: ({ auditKey }) => chmod(auditKey, 0o620),
    says: /^The audit key (\S+) can be written by others \(mode 0620\)\. Run: chmod 600 \1\.$/,
  },
  'an audit key of another user': {
    make: ({ auditKey }) => chown(auditKey, ANOTHER_USER, ANOTHER_USER),
    says: /^The audit key \S+ belongs to user 65534/,
    asRoot: true,
  },
  'remembered rules that everybody can write': {
    make: ({ policy }) => chmod(policy, 0o666),
    says: /^The file of remembered rules (\S+policy\.json) can be written by others \(mode 0666\)\. Run: chmod 600 \1\.$/,
  },
  'remembered rules of another user': {
    make: ({ policy }) => chown(policy, ANOTHER_USER, ANOTHER_USER),
    says: /^The file of remembered rules \S+policy\.json belongs to user 65534/,
    asRoot: true,
  },
};
const faultsHere = Object.entries(FAULTS).filter(([, { asRoot }]) => !asRoot || IS_ROOT);
const [EVERYBODY] = faultsHere as [[string, Fault]];

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ ROOKERY_TEMPORAL_CLI: '/nowhere/temporal' });
});
afterAll(() => bench.close());

/** A work directory as it should be, with everything that is looked at, in a parent of its own. */
async function workDirectory(): Promise<Paths> {
  const parent = await mkdtemp(join(bench.root, 'place-'));
  const paths = pathsOf(join(parent, 'data'));
  for (const directory of [paths.workdir, paths.tasks, paths.side, join(paths.workdir, 'server')])
    await mkdir(directory, { mode: 0o700 });
  for (const key of [paths.signingKey, paths.auditKey]) await writeFile(key, '5a'.repeat(32), { mode: 0o600 });
  await writeFile(paths.policy, '{"rules":[]}', { mode: 0o600 });
  return paths;
}

async function broken({ make }: Fault): Promise<Paths> {
  const paths = await workDirectory();
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

test('the table names every verb but those that say what is there', () => {
  expect(Object.keys(VERBS).filter((verb) => !Object.hasOwn(CALLS, verb))).toEqual(['doctor', 'config']);
});

describe('every verb refuses a work directory that everybody can write', () => {
  test.each(LINES.map((words) => [words.join(' '), words] as const))('%s', (_, words) =>
    expectRefused(words, EVERYBODY[1]),
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
    const { workdir } = await broken(EVERYBODY[1]);
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
    const { workdir } = await broken(EVERYBODY[1]);
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

  test('what the sentence says to type makes it good', async () => {
    for (const [name, { make, says }] of faultsHere.filter((_, n) => LONG || n % 3 === 0)) {
      const paths = await workDirectory();
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

describe('each of these is fine', () => {
  const lists = async (paths: Paths): Promise<Ran> => {
    const ran = await bench.run(['list', '--workdir', paths.workdir]);
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    return ran;
  };

  test('one that is not there yet is made, for this user alone', async () => {
    const paths = pathsOf(join(bench.root, 'new', 'data'));
    await lists(paths);
    for (const path of [paths.workdir, dirname(paths.workdir)]) expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  test('one that others can read, in a sticky directory that everybody can write', async () => {
    const paths = await workDirectory();
    await chmod(paths.workdir, 0o755);
    await chmod(dirname(paths.workdir), 0o1777);
    await lists(paths);
  });

  test('one whose parent its group can write: doctor says so', async () => {
    const paths = await workDirectory();
    await chmod(dirname(paths.workdir), 0o770);
    await lists(paths);
    const { stdout } = await bench.run(['doctor', '--workdir', paths.workdir]);
    expect(stdout).toContain(`the group of ${dirname(paths.workdir)} can replace it`);
  });

  const bwrap = spawnSync('bwrap', ['--ro-bind', '/', '/', 'true']).status === 0;
  test.skipIf(!bwrap)('one on a read-only file system, for verbs that only read', async () => {
    const { workdir, hostId } = await workDirectory();
    await writeFile(hostId, 'rookery@0a0b0c0d');
    const inside = ['--ro-bind', '/', '/', '--proc', '/proc', process.execPath, MAIN, 'list', '--workdir', workdir];
    const ran = spawnSync('bwrap', inside, { env: bench.env, encoding: 'utf8' });
    expect(ran, ran.stderr).toMatchObject({ status: 0, stderr: expect.stringContaining('showing task files only') });
  });
});

describe('a signing key elsewhere', () => {
  const signs = async (mode: number, owner = process.geteuid?.() ?? 0): Promise<Ran> => {
    const file = join(await mkdtemp(join(bench.root, 'key-')), 'key');
    await writeFile(file, '5a'.repeat(32));
    await chmod(file, mode);
    await chown(file, owner, owner);
    const ran = await bench.run(['sign', '--provider', 'demo', 'hi'], { env: { ROOKERY_SIGNING_KEY_FILE: file } });
    await rm(file);
    return ran;
  };

  test.each(['600', '400'])('with mode %s signs', async (mode) => {
    expect(await signs(Number.parseInt(mode, 8))).toMatchObject({ code: 0 });
  });

  test.each([
    ['644', 'can be read by others'],
    ['444', 'can be read by others'],
    ['440', 'can be read by others'],
    ['660', 'can be written by others (mode 0660)'],
    ['602', 'can be written by others (mode 0602)'],
  ])('with mode %s is refused: it %s', async (mode, why) => {
    const ran = await signs(Number.parseInt(mode, 8));
    expect(ran).toMatchObject({ code: 6, stdout: '' });
    expect(ran.stderr).toContain(why);
  });

  test.runIf(IS_ROOT)('of another user is refused', async () => {
    const ran = await signs(0o600, ANOTHER_USER);
    expect(ran).toMatchObject({ code: 6, stdout: '', stderr: expect.stringContaining('belongs to user 65534') });
  });
});
