import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { problemOfRepository } from '../../src/tools/repository.js';
import { createShell } from '../../src/tools/shell.js';
import { sandboxHere } from '../support/sandbox.js';
import { createSite, git, picture, type Site, write } from './site.js';

const { why } = await sandboxHere();

let site: Site;
let work: string;
/** Two branches that differ in protected and in other files, and an uncommitted change. */
beforeEach(() => {
  site = createSite();
  work = join(site.home, 'work');
  mkdirSync(work);
  git(work, 'init', '-q', '-b', 'main');
  for (const name of ['.vscode/settings.json', 'a', 'z', 'mine']) write(join(work, name), 'one\n');
  commit('first');
  git(work, 'checkout', '-q', '-b', 'topic');
  for (const name of ['.vscode/settings.json', '.husky/pre-commit', 'a', 'z', 'new']) write(join(work, name), 'two\n');
  commit('second');
  git(work, 'checkout', '-q', 'main');
  write(join(work, 'other'), 'three\n');
  commit('third');
  write(join(work, 'mine'), 'changed\n');
});
afterEach(() => site.remove());

function commit(message: string): void {
  git(work, 'add', '-A');
  git(work, 'commit', '-q', '-m', message);
}

async function run(command: string, restore_protected?: boolean): Promise<string> {
  const { sandbox } = await sandboxHere({ home: site.home });
  const shell = createShell({ env: { PATH: process.env.PATH }, sandbox });
  const context = { workspace: work, task: 'task-1', call: `call-${Math.random()}`, secrets: false };
  const as = 'export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@e GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@e; ';
  const args = { command: `${as}${command}`, ...(restore_protected ? { restore_protected } : {}) };
  return (await shell.run(args, { ...context, signal: new AbortController().signal })).content;
}

/** The work tree, without what git keeps for itself, and where git stands. */
async function state(): Promise<string[]> {
  const files = (await picture(work)).filter(
    (line) => !line.startsWith(join(work, '.git ')) && !line.includes('/.git/'),
  );
  return [...files, git(work, 'rev-parse', 'HEAD'), git(work, 'status', '--short')];
}

function wayBack(said: string): string {
  return / To get back: (.*?)(?: \(the stash is kept\))?\. (?:Then|It) /s.exec(said)?.[1] ?? 'no way back';
}

describe.skipIf(why !== '')(`git that the sandbox stops at a protected file${why}`, () => {
  test.each([
    ['git checkout topic', 'true'],
    ['git switch topic', 'true'],
    ['git merge topic', 'true'],
    ['git merge topic', 'git reset -q --hard main~1'],
    ['git reset --hard topic', 'git checkout -q -- mine'],
    ['git stash', 'echo changed > .vscode/settings.json'],
    ['git -c core.quotePath=false -C . checkout topic', 'true'],
    ['git --no-pager cherry-pick topic', 'true'],
    [
      'git revert --no-edit HEAD',
      'git stash -q; git merge -q --no-edit topic; git revert --no-edit HEAD -m1; git revert --no-edit HEAD; git stash pop -q',
    ],
    ['git pull -q --no-rebase . topic', 'true'],
    ['git rebase topic', 'git checkout -q -- mine'],
    ['git stash pop', 'echo changed > .vscode/settings.json; echo changed > a; git stash -q'],
  ])('says so, and how to get back: %s after %s', async (command, first) => {
    const { execFileSync } = await import('node:child_process');
    execFileSync('/bin/sh', ['-c', `git config user.name t; git config user.email t@e; ${first}`], { cwd: work });
    const before = await state();
    const said = await run(command);
    expect(said).toContain('[the sandbox stopped git');
    expect(said).toContain('.vscode/settings.json');
    expect(said).toContain('restore_protected: true');
    expect(await state()).not.toEqual(before);
    expect(await run(wayBack(said))).toBe('[no output]');
    expect(await state()).toEqual(before);
  });

  test('runs with such files writable after an approval, and with no others', async () => {
    const hook = join(work, '.git', 'hooks', 'post-checkout');
    writeFileSync(hook, '#!/bin/sh\necho ESCAPED > .vscode/planted\n', { mode: 0o755 });
    expect(await run('git checkout -q topic', true)).toBe('[no output]');
    expect(readFileSync(join(work, '.vscode', 'settings.json'), 'utf8')).toBe('two\n');
    expect(readFileSync(join(work, '.husky', 'pre-commit'), 'utf8')).toBe('two\n');
    // Hooks could write what no commit holds.
    expect(existsSync(join(work, '.vscode', 'planted'))).toBe(false);
    const kept =
      'for f in .git/config .git/hooks/x rookery.toml .mcp.json; do echo x >> $f && echo ESCAPED; done; true';
    expect(await run(kept, true)).not.toContain('ESCAPED');
    expect(problemOfRepository(work, process.env)).toBeUndefined();
  });

  test('is not offered for what is never approved', async () => {
    git(work, 'checkout', '-q', '-b', 'servers');
    write(join(work, '.mcp.json'), '{}');
    git(work, 'add', '.mcp.json');
    git(work, 'commit', '-q', '-m', 'servers');
    git(work, 'checkout', '-q', 'main');
    const said = await run('git checkout servers');
    expect(said).toMatch(/\[the sandbox stopped git checkout: .?\.mcp\.json/);
    expect(said).not.toContain('restore_protected');
  });

  test('no such note stands under other failures', async () => {
    expect(await run('git checkout nowhere')).not.toContain('the sandbox stopped git');
    expect(await run('echo "error: unable to create file .vscode/x: Read-only file system"')).not.toContain('stopped');
  });

  test('sees no stand-ins: clean, status, stash and add', async () => {
    await run('git stash -q; git stash drop -q');
    expect(await run('git clean -nd; git status --short --ignored=no; git add -A -n')).toBe('[no output]');
    expect(await run('git clean -fdq')).toBe('[no output]');
    write(join(work, 'untracked'), 'x');
    expect(await run('git stash -u -q')).toBe('[no output]');
    expect(existsSync(join(work, 'untracked'))).toBe(false);
  });
});
