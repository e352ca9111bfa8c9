/** A small git project beside the workspace of a bench, as a person has one. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './support.js';

export interface GitProject {
  readonly path: string;
  git(...args: string[]): string;
  put(name: string, text: string): void;
  text(name: string): string;
  remove(): void;
}

/** With one commit. */
export function makeGitProject({ root }: Pick<Bench, 'root'>): GitProject {
  const path = join(realpathSync(root), 'project');
  const git = (...args: string[]): string => {
    const config = ['-c', 'user.name=p', '-c', 'user.email=p@example.com'];
    return execFileSync('git', [...config, ...args], { cwd: path, encoding: 'utf8', stdio: 'pipe' });
  };
  const put = (name: string, text: string): void => writeFileSync(join(path, name), text);
  mkdirSync(join(path, 'docs'), { recursive: true });
  git('init', '-q', '--initial-branch=main');
  put('.gitignore', 'ignored.txt\n');
  put('a.txt', 'one\ntwo\nthree\nfour\nfive\n');
  put('docs/b.txt', 'b\n');
  git('add', '-A');
  git('commit', '-qm', 'first');
  return {
    ...{ path, git, put },
    text: (name) => readFileSync(join(path, name), 'utf8'),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
