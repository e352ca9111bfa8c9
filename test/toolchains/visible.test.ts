/** What commands in the sandbox see of toolchains, their caches and the credentials beside them, by the shell tool itself. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox/sandbox.js';
import { checkToolchains } from '../../src/sandbox/toolchain-check.js';
import { createShell } from '../../src/tools/shell.js';
import { CANARY, createSite, type Site, write } from '../sandbox/site.js';
import { sandboxHere } from '../support/sandbox.js';
import { environmentOf } from './ground.js';

const { why } = await sandboxHere();

let site: Site;
let homes: string;
beforeEach(() => {
  site = createSite();
  homes = realpathSync(mkdtempSync(join(site.outside, 'homes-')));
});
afterEach(() => site.remove());

async function shell(more: Record<string, string> = {}, options: Partial<SandboxOptions> = {}) {
  const env = { ...environmentOf(site), ...more };
  const { sandbox } = await sandboxHere({ hidden: [site.own], home: site.home, homes, env, ...options });
  const tool = createShell({ env, sandbox });
  return async (command: string, task = 'task-1', network?: readonly string[]) => {
    const signal = new AbortController().signal;
    const call = `call-${Math.random()}`;
    return tool.run(
      { command },
      { workspace: site.workspace, task, call, secrets: false, signal, ...(network ? { network } : {}) },
    );
  };
}

describe.skipIf(why !== '')(`in the sandbox${why}`, () => {
  test('the home is kept between the commands of a task, on disk, and is not that of another task', async () => {
    const run = await shell();
    expect((await run('mkdir -p ~/.cache/go-build && echo kept > ~/.cache/go-build/a')).outcome).toBe('ok');
    expect((await run('cat ~/.cache/go-build/a')).content).toBe('kept\n');
    expect((await run('cat ~/.cache/go-build/a', 'task-2')).outcome).toBe('failed');
    // More than a home in memory held.
    expect((await run('head -c 32000000 /dev/zero > ~/.cache/large && wc -c < ~/.cache/large')).content).toContain(
      '32000000',
    );
  });

  test('caches of package managers are there, may be added to, and stay as they are in the home', async () => {
    const crate = join(site.home, '.cargo/registry/cache/index.crates.io-1/one-1.0.0.crate');
    const index = join(site.home, '.cargo/registry/index/index.crates.io-1/.cache/on/e-/one');
    for (const path of [crate, index]) write(path, 'as it was');
    const run = await shell();
    const { content } = await run(
      'cd "$CARGO_HOME/registry" && : cargo && cat cache/*/one-1.0.0.crate && echo new > cache/index.crates.io-1/two-1.0.0.crate &&' +
        'echo changed > index/index.crates.io-1/.cache/on/e-/one; echo x > cache/*/one-1.0.0.crate; ls cache/*',
    );
    expect(content).toContain('as it was');
    expect(content).toContain('two-1.0.0.crate');
    expect(execFileSync('cat', [crate, index], { encoding: 'utf8' })).toBe('as it wasas it was');
  });

  test('credentials beside toolchains and in them stay hidden', async () => {
    const secrets = [
      ...[
        '.cargo/credentials',
        '.cargo/credentials.toml',
        '.cargo/config.toml',
        '.m2/settings.xml',
        '.npmrc',
        '.pypirc',
      ],
      ...[
        '.gradle/gradle.properties',
        '.local/share/uv/credentials/x',
        '.rustup/other',
        '.sdkman/etc/config',
        '.npm/_logs/a',
      ],
      ...['.nvm/versions/node/v20.0.0/etc/npmrc', '.pyenv/versions/3.99.0/pip.conf', '.config/pip/pip.conf'],
      ...['.sdkman/candidates/maven/3.9.0/conf/settings.xml', 'go/pkg/mod/cache/vcs/abc/config', 'go/src/private'],
    ];
    for (const name of secrets) write(join(site.home, name), CANARY);
    for (const name of ['.cargo/bin/x', '.nvm/versions/node/v20.0.0/bin/node', '.pyenv/versions/3.99.0/bin/python3'])
      write(join(site.home, name), 'program');
    for (const name of [
      '.cargo/registry/index/a',
      '.m2/repository/a',
      '.npm/_cacache/content-v2/a',
      '.rustup/toolchains/a',
    ])
      write(join(site.home, name), 'seen');
    const run = await shell();
    const { content } = await run(
      `: cargo mvn npm gradle; cat ${site.home}/.m2/repository/a; grep -rh ${CANARY} ${site.home} /run/cache ~ 2>/dev/null; echo done`,
    );
    expect(content).toContain('seen');
    expect(content).toContain('done');
    expect(content).not.toContain(CANARY);
  });

  test('stores of pnpm, yarn and uv are there as well, without what may hold passwords', async () => {
    const seen = ['.local/share/pnpm/store/v10/files/00/a', '.yarn/berry/cache/a.zip', '.cache/uv/archive-v0/x/a.py'];
    const hidden = ['.cache/uv/git-v0/db/a/config', '.cache/uv/simple-v16/index/abc/a.rkyv', '.cache/uv/credentials'];
    hidden.push('.local/share/pnpm/store/v10/projects/a', '.local/share/pnpm/auth.ini', '.yarn/berry/.yarnrc.yml');
    for (const name of seen) write(join(site.home, name), 'seen\n');
    for (const name of hidden) write(join(site.home, name), CANARY);
    const run = await shell();
    const copies = ['$npm_config_store_dir/v10/files/00/a', '$YARN_GLOBAL_FOLDER/cache/a.zip'];
    copies.push('$UV_CACHE_DIR/archive-v0/x/a.py');
    const { content } = await run(
      `: pnpm yarn uv; for one in ${copies.join(' ')}; do cat $one && echo new > $one.new || echo MISSING; done; ` +
        `grep -Rh ${CANARY} ${site.home} /run/cache ~ 2>/dev/null; echo done`,
    );
    expect(content).toBe('seen\nseen\nseen\ndone\n');
    expect(execFileSync('find', [site.home, '-name', '*.new'], { encoding: 'utf8' })).toBe('');
  });

  test('go finds modules in the cache of the person first, whatever the environment says', async () => {
    const modules = join(site.home, 'go/pkg/mod/cache/download');
    write(join(modules, 'a'), 'x');
    const corporate = { GOPROXY: 'https://me:secret@go.corp.example,direct', GOPRIVATE: 'corp.example' };
    const run = await shell({ ...corporate, GOFLAGS: '-mod=mod' });
    const print = 'echo "$GOPROXY $GONOPROXY $GOPRIVATE $GOFLAGS $(printenv npm_config_fetch_retries || echo default)"';
    const flags = '-mod=mod -modcacherw';
    expect((await run(print)).content).toBe(`file://${modules} none corp.example ${flags} 0\n`);
    expect((await run(print, 'task-1', ['go.corp.example'])).content).toBe(
      `file://${modules},https://go.corp.example,direct  corp.example ${flags} default\n`,
    );
    const plain = await shell();
    expect((await plain('echo "$GOPROXY"', 'task-1', ['proxy.golang.org'])).content).toBe(
      `file://${modules},https://proxy.golang.org\n`,
    );
  });

  test('doctor has a line for each toolchain, those outside of the PATH too, and one that fails says why', async () => {
    for (const name of ['.pyenv/versions/3.99.0/bin/python3', '.nvm/versions/node/v99.0.0/bin/node'])
      write(join(site.home, name), '#!/bin/sh\n');
    write(join(site.home, 'bin/cargo'), "#!/bin/sh\necho 'error: no default is configured' >&2; exit 1\n");
    execFileSync('chmod', ['+x', join(site.home, 'bin/cargo')]);
    const env = { ...environmentOf(site), RUSTUP_HOME: '', PATH: `${site.home}/bin:/usr/bin:/bin` };
    const { sandbox } = await sandboxHere({ hidden: [site.own], home: site.home, env });
    const states = await checkToolchains(sandbox as NonNullable<typeof sandbox>, env, site.home);
    const of = (name: string) => states.find((one) => one.name === name);
    expect(of('pyenv (versions)')).toEqual({
      ...{ name: 'pyenv (versions)', works: true, message: `${site.home}/.pyenv/versions: 3.99.0` },
    });
    expect(of('nvm (versions)')).toMatchObject({ works: true });
    expect(of('cargo')).toMatchObject({
      works: false,
      message: `hidden by the sandbox: ${site.home}/.rustup; add it to [sandbox] read`,
    });
    expect(of('rustup (versions)')).toBeUndefined();
  });

  test('a launcher that names no path is explained, unless what it needs is shown', async () => {
    const run = await shell({ RUSTUP_HOME: '' });
    const says =
      "echo 'error: rustup could not choose a version of cargo to run, and no default is configured.'; false";
    const hint = `[hidden by the sandbox: ${site.home}/.rustup; add it to [sandbox] read]`;
    expect((await run(says)).content).toContain(hint);
    expect((await run("echo 'Error: JAVA_HOME is not defined correctly'; false")).content).not.toContain('hidden by');
    write(join(site.home, '.rustup/toolchains/stable/bin/cargo'), 'x');
    expect((await run(says)).content).not.toContain('hidden by the sandbox');
  });

  test('a file that is missing where the sandbox shows the directory is not called hidden', async () => {
    const cache = join(site.home, 'shared');
    write(join(cache, 'a'), 'x');
    write(join(site.home, 'tools/bin/tool'), '#!/bin/sh\n');
    const path = `${site.home}/tools/bin:${process.env.PATH}`;
    const run = await shell({ PATH: path }, { widening: { read: [], write: [cache], env: [] } });
    for (const missing of [join(cache, 'none'), join(site.home, 'tools/bin/none')]) {
      const { content } = await run(`cat ${missing}`);
      expect(content).toContain('No such file');
      expect(content).not.toContain('hidden by the sandbox');
    }
  });

  test('a launcher that needs something hidden is explained by one line', async () => {
    write(join(site.home, 'tools/bin/python3'), '#!/bin/sh\necho never\n');
    execFileSync('chmod', ['+x', join(site.home, 'tools/bin/python3')]);
    execFileSync('ln', ['-s', join(site.home, 'tools/bin/python3'), join(site.workspace, 'python')]);
    const run = await shell();
    const hint = `[hidden by the sandbox: ${site.home}/tools/bin/python3; add it to [sandbox] read]`;
    expect((await run('./python --version')).content).toContain(hint);
    expect((await run(`${site.home}/tools/bin/python3`)).content).toContain(hint);
    // No word on files that a command should not learn of.
    expect((await run('cat ~-/x /nowhere/at/all; cat ../.ssh/id_ed25519')).content).not.toContain(
      'hidden by the sandbox',
    );
  });
});
