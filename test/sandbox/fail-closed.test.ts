import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RookeryError } from '../../src/domain/errors.js';
import { type Bubblewrap, createBubblewrap } from '../../src/sandbox/bubblewrap.js';
import { findBubblewrap } from '../../src/sandbox/find-bubblewrap.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { testIsolation } from '../../src/sandbox/self-test.js';
import { createShell } from '../../src/tools/shell.js';
import { NOTES, sandboxHere } from '../support/sandbox.js';
import { TOOLCHAIN_VARIABLE } from '../support/toolchain-variables.js';
import { createSite, picture, type Site, write } from './site.js';

const { why } = await sandboxHere();
const found = await findBubblewrap();
const real = found.kind === 'found' ? found.bubblewrap : undefined;

let site: Site;
beforeEach(() => {
  site = createSite();
});
afterEach(() => site.remove());

const MARK = 'made-outside';

async function run(sandbox: Sandbox) {
  const shell = createShell({ env: { PATH: process.env.PATH }, sandbox });
  const context = { workspace: site.workspace, task: 'task-1', call: `call-${Math.random()}`, secrets: false };
  return shell.run({ command: `touch ${MARK}` }, { ...context, signal: new AbortController().signal });
}

async function programOf(script: string): Promise<string> {
  const path = join(site.outside, 'bwrap');
  write(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

describe.skipIf(why !== '' || !real)(`a sandbox that cannot be set up${why}`, () => {
  const broken: Readonly<Record<string, (good: Bubblewrap) => Promise<Partial<Bubblewrap>>>> = {
    'a program that is gone': async () => ({ program: '/nowhere/bwrap' }),
    'a program that fails': async () => ({ program: '/bin/false' }),
    'a program that is not one': async () => ({ program: '/etc/hostname' }),
    'an argument that it does not know': async (good) => ({
      program: await programOf(`exec ${good.program} --no-such "$@"`),
    }),
    'a place that cannot be mounted': async (good) => ({
      program: await programOf(`exec ${good.program} --ro-bind /no/such /mnt "$@"`),
    }),
    'a filter that is gone': async () => ({ filter: '/nowhere/filter' }),
    'a filter that the kernel refuses': async () => ({ filter: join(site.outside, 'file') }),
    'a descriptor that cannot be closed': async () => ({ strayDescriptors: [-1] }),
  };

  test.each(Object.entries(broken))('never runs the command outside: %s', async (_, breaking) => {
    if (!real) return;
    const before = await picture(site.workspace);
    const result = await run(
      createBubblewrap({ ...real, ...(await breaking(real)) }, { hidden: [], home: site.home, notes: NOTES }),
    );
    expect(result.outcome).toBe('failed');
    expect(await picture(site.workspace)).toEqual(before);
  });

  test('says why in a sentence when the command cannot be confined', async () => {
    const problem = new RookeryError('environment', 'It is not possible.', { hint: 'Do this.' });
    const sandbox: Sandbox = { command: () => Promise.reject(problem) };
    expect(await run(sandbox)).toEqual({
      outcome: 'failed',
      content: 'The command was not run. It is not possible. Do this.',
    });
  });

  test('the same command runs when nothing is broken', async () => {
    if (!real) return;
    expect((await run(createBubblewrap(real, { hidden: [], home: site.home, notes: NOTES }))).outcome).toBe('ok');
    expect((await picture(join(site.workspace, MARK)))[0]).toContain('100644');
  });

  test('settings of the loader reach the command only, not what is started in front of it', async () => {
    if (!real) return;
    const sandbox = createBubblewrap(real, { hidden: [], home: site.home, notes: NOTES });
    const env = {
      PATH: '/usr/bin:/bin',
      LD_PRELOAD: join(site.workspace, 'evil.so'),
      ENV: 'x',
      BASH_ENV: 'x',
      SAFE: 'y',
    };
    const confined = await sandbox.command({ argv: ['env'], cwd: site.workspace, workspace: site.workspace, env });
    await confined.release();
    const names = Object.keys(confined.env).filter((name) => !TOOLCHAIN_VARIABLE.test(name));
    expect(names.sort()).toEqual(['HOME', 'PATH', 'SAFE', 'TMPDIR']);
    expect(confined.argv.join(' ')).toContain('--setenv LD_PRELOAD');
  });
});

describe.skipIf(!real)('the look whether a sandbox confines', () => {
  const bare: Sandbox = {
    command: async ({ argv, env }) => ({
      argv: argv as [string, ...string[]],
      env: env as Record<string, string>,
      isAround: false,
      release: async () => [],
    }),
  };

  test('finds that a command outside is not confined, by each of its signs', async () => {
    const wrong = await testIsolation(() => bare, true);
    for (const sign of ['the home is seen', 'can be written', 'the pid namespace is shared', 'Seccomp: is not 2']) {
      expect(wrong?.why).toContain(sign);
    }
  });

  const IGNORED = {
    namespaces: ['--unshare-all', '--hostname', 'sandbox'],
    filter: ['--seccomp', '9'],
    capabilities: ['--cap-drop', 'ALL'],
  };

  test.each(Object.entries(IGNORED))('a program that ignores what it is told is absent: %s', async (_, ignored) => {
    const script = `for a do shift; case "$a" in ${ignored.join('|')}) ;; *) set -- "$@" "$a";; esac; done; exec ${real?.program} "$@"`;
    const program = await programOf(script);
    if (!real) return;
    const wrong = await testIsolation((options) => createBubblewrap({ ...real, program }, options), true);
    expect(wrong?.why).toBeTruthy();
  });
});
