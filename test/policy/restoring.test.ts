import { describe, expect, test } from 'vitest';
import { ask, type Given, PLAIN } from './support.js';

function restoring(command: string, given: Given = {}) {
  return ask('shell', { command, restores: true }, { sandboxed: true, ...given });
}

describe('a git command that asks for protected files to be writable', () => {
  test.each([
    'git checkout topic',
    'git merge --no-ff topic',
    'git stash pop',
    'git reset --hard HEAD~1',
    'git restore a',
  ])('is asked for each time, whatever was allowed: %s', (command) => {
    expect(restoring(command).verdict).toBe('ask');
    expect(restoring(command, { allow: ['shell'] }).verdict).toBe('ask');
    expect(restoring(command, { rules: [{ do: 'run', tool: 'shell' }] }).verdict).toBe('ask');
    expect(restoring(command, { authority: { allow: ['shell'], signed: true, yes: true } }).verdict).toBe('ask');
  });

  test.each([
    'git checkout topic && echo x > .vscode/tasks.json',
    'git checkout topic; true',
    'echo x > .vscode/tasks.json',
    'cp tasks.json .vscode/',
    'git -c core.hooksPath=x checkout topic',
    'git merge -s ours topic',
    'git rebase --exec ./x main',
    'git checkout -p topic',
    'git apply x.patch',
    'git checkout $(echo topic)',
    'GIT_EXTERNAL_DIFF=./x git checkout topic',
    'sh -c "git checkout topic"',
    './git checkout topic',
  ])('is refused when it is anything else: %s', (command) => {
    expect(restoring(command).verdict).toBe('refuse');
  });

  test('is refused where the repository could run programs, and where a rule refuses it', () => {
    const surroundings = { ...PLAIN, problemOfRepository: () => 'it sets "filter.x.smudge"' };
    expect(restoring('git checkout topic', { surroundings }).reason).toContain('filter.x.smudge');
    const rules = [{ do: 'refuse', command: 'git checkout *' } as const];
    expect(restoring('git checkout topic', { rules }).verdict).toBe('refuse');
  });

  test('without a sandbox is judged as any other command', () => {
    expect(restoring('git status', { sandboxed: false }).verdict).toBe('run');
    expect(restoring('make', { sandboxed: false }).verdict).toBe('ask');
  });
});
