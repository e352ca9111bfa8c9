import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createShell } from '../../src/tools/shell.js';
import { NOTES, sandboxHere } from '../support/sandbox.js';
import { until } from '../support/until.js';
import { ESCAPES, SYSTEM_CALLS } from './escapes.js';
import { CANARY, createSite, git, picture, type Site, write } from './site.js';

const { why } = await sandboxHere();

let site: Site;
beforeEach(() => {
  site = createSite();
});
afterEach(() => site.remove());

/** What the command printed. */
async function run(command: string, workspace = site.workspace, home = site.home): Promise<string> {
  const { sandbox } = await sandboxHere({ hidden: [site.own], home });
  const shell = createShell({ env: { PATH: process.env.PATH, CANARY }, sandbox });
  const call = `call-${Math.random()}`;
  const signal = new AbortController().signal;
  return (await shell.run({ command }, { workspace, task: 'task-1', call, secrets: false, signal })).content;
}

/** All that has to be as it was, whatever a command did. */
function untouched(): Promise<string[]> {
  const names = ['hooks', 'config', 'config.worktree', 'modules', 'commondir'].map((name) => join('.git', name));
  const files = ['.bashrc', '.vscode', '.idea', '.mcp.json', '.claude', '.envrc', '.npmrc', 'rookery.toml', '.husky'];
  const nested = ['nested/.git/config', 'nested/.git/hooks', 'HEAD'];
  const inside = [...names, ...files, ...nested].map((name) => join(site.workspace, name));
  return picture(site.outside, site.own, join(site.home, '.ssh'), join(site.home, 'notes.txt'), ...inside);
}

describe.skipIf(why !== '')(`a command in the sandbox${why}`, () => {
  for (const [kind, escapes] of Object.entries(ESCAPES)) {
    // Placeholders for the names alone: the places are known only when a test runs.
    const names = escapes({ outside: '', home: '', own: '', worker: 0 }).map(([name]) => name);
    test.each(names)(`does not come out by ${kind}: %s`, async (name) => {
      const before = await untouched();
      const [, script = ''] = escapes({ ...site, worker: process.pid }).find(([one]) => one === name) ?? [];
      const printed = await run(`${script}\necho done`);
      expect(printed).not.toContain('ESCAPED');
      expect(printed).not.toContain(CANARY);
      expect(await untouched()).toEqual(before);
    });
  }

  test.skipIf(process.arch !== 'x64').each(SYSTEM_CALLS)('has no system call for %s', async (_, call) => {
    const argument = call.replace('WORKER', String(process.pid));
    const printed = await run(`perl -e 'my $text = "user"; print syscall(${argument}) >= 0 ? "ESCAPED" : "held"'`);
    expect(printed).toBe('held');
  });

  test('works as people work: files, a commit, a branch, temporary files, a home of its own', async () => {
    const git = 'git -c user.name=t -c user.email=t@example.org';
    const steps = [
      `echo text > made.txt && ${git} add made.txt && ${git} commit -qm second && ${git} log --oneline | wc -l`,
      `${git} checkout -qb topic && ${git} stash list && ${git} diff --stat`,
      'echo x > /tmp/a && echo y > ~/b && cat /tmp/a ~/b && sleep 0.01 | cat && [ "$(pwd)" = "$PWD" ]',
    ];
    expect(await run(steps.join(' && '))).toBe('2\nx\ny\n');
    expect((await picture(join(site.workspace, 'made.txt')))[0]).toContain('100644');
  });

  test('adds no stand-in to a commit, and leaves none behind', async () => {
    const before = await picture(site.workspace);
    await run('true');
    expect(await picture(site.workspace)).toEqual(before);
    await run('git add -A');
    expect(git(site.workspace, 'diff', '--cached', '--name-only').split('\n')).not.toContain('.mcp.json');
  });

  test('two commands in one workspace do not take each other the protection', async () => {
    const long = run(
      'touch started; while [ ! -e go ]; do sleep 0.02; done; echo x > .mcp.json && echo ESCAPED; echo done',
    );
    await run('while [ ! -e started ]; do sleep 0.02; done');
    await run('touch go');
    expect(await long).toContain('done');
    expect(await long).not.toContain('ESCAPED');
  });

  test('a stand-in that a killed worker left is taken away by the next command', async () => {
    const before = await picture(site.workspace);
    const args = ['--import', 'jiti/register', resolve('test/sandbox/worker.ts')];
    const worker = spawn(process.execPath, [...args, site.workspace, 'call-1', 'touch ran; sleep 60', NOTES]);
    await until(() => existsSync(join(site.workspace, 'ran')), { what: 'the command runs' });
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    await rm(join(site.workspace, 'ran'));
    expect(await picture(site.workspace)).not.toEqual(before);
    await run('true');
    expect(await picture(site.workspace)).toEqual(before);
  });

  test('in a workspace without a repository none can be made at its top', async () => {
    const empty = join(site.home, 'empty');
    write(join(empty, 'a'), '');
    const printed = await run(
      'git init . ; echo "ref: refs/heads/x" > HEAD && echo ESCAPED; mv .git g && echo ESCAPED',
      empty,
    );
    expect(printed).not.toContain('ESCAPED');
    expect(await picture(join(empty, '.git'), join(empty, 'HEAD'))).toEqual([
      `${empty}/.git nothing`,
      `${empty}/HEAD nothing`,
    ]);
  });

  test('the pointer of a linked work tree stays', async () => {
    const tree = join(site.home, 'tree');
    git(site.workspace, 'worktree', 'add', '-q', tree);
    const before = await picture(join(tree, '.git'), join(site.workspace, '.git', 'config'));
    expect(
      await run('echo x > .git && echo ESCAPED; rm -f .git && echo ESCAPED; mv .git g && echo ESCAPED', tree),
    ).not.toContain('ESCAPED');
    expect(await run('git log --oneline | wc -l; git config x.y z && echo ESCAPED', tree)).toMatch(
      /^1\n(?!.*ESCAPED)/s,
    );
    expect(await picture(join(tree, '.git'), join(site.workspace, '.git', 'config'))).toEqual(before);
  });

  test('a pointer that its target does not return shows nothing', async () => {
    const forged = join(site.home, 'forged');
    write(join(forged, '.git'), `gitdir: ${site.home}/.ssh/worktrees/x\n`);
    write(join(site.home, '.ssh', 'worktrees', 'x', 'gitdir'), '/elsewhere/.git\n');
    expect(await run(`cat ${site.home}/.ssh/id_ed25519`, forged)).not.toContain(CANARY);
  });

  test('in a home as workspace its start files cannot be made, and its credentials are not seen', async () => {
    const printed = await run(
      'for f in .bashrc .zshrc .profile .ssh/authorized_keys .gitconfig; do echo x >> $f && echo ESCAPED; done; cat .ssh/*; cat notes.txt',
      site.home,
    );
    expect(printed).not.toContain('ESCAPED');
    expect(printed.split(CANARY)).toHaveLength(2);
    expect(await picture(join(site.home, '.bashrc'))).toEqual([`${site.home}/.bashrc nothing`]);
  });

  test.each(['/', '/home'])('a workspace that holds all homes is refused: %s', async (workspace) => {
    expect(await run('touch made', workspace)).toMatch(
      /^The command was not run\. Commands cannot be confined to the workspace/,
    );
  });

  test('a protected name that is a symlink is refused, because the link could be replaced', async () => {
    const { symlink } = await import('node:fs/promises');
    await symlink('packages', join(site.workspace, '.vscode'));
    expect(await run('touch made')).toMatch(/cannot protect .*\.vscode, because it is a symlink/);
    expect(await picture(join(site.workspace, 'made'))).toEqual([`${site.workspace}/made nothing`]);
  });

  test.each(['a b \'c\' "d" $(touch ESCAPED) `x`', '--ro-bind', 'line\nbreak', '-x;true'])(
    'any name of a workspace is taken as it is: %j',
    async (name) => {
      const odd = join(site.home, name);
      write(join(odd, 'here'), '');
      expect(await run('touch made; ls', odd)).toBe('HEAD\nhere\nmade\nrookery.toml\n');
    },
  );

  test('the hidden home of the person who runs this is hidden', async () => {
    expect(await run('ls -A /root /home | grep -v : ; true', site.workspace, homedir())).not.toMatch(/bash/);
  });
});
