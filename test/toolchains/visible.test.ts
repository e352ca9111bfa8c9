/** What commands in the sandbox see of toolchains, their caches and the credentials beside them, by the shell tool itself. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

async function shell() {
  const env = environmentOf(site);
  const { sandbox } = await sandboxHere({ hidden: [site.own], home: site.home, homes, env });
  const tool = createShell({ env, sandbox });
  return async (command: string, task = 'task-1') => {
    const signal = new AbortController().signal;
    const call = `call-${Math.random()}`;
    return tool.run({ command }, { workspace: site.workspace, task, call, secrets: false, signal });
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
