/** A little host for the tests of the sandbox: a home with secrets, a place outside, a repository as workspace. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { lstat, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';

export const CANARY = 'canary-secret';

export interface Site {
  readonly home: string;
  readonly outside: string;
  /** Of Rookery, in the workspace. */
  readonly own: string;
  readonly workspace: string;
  remove(): Promise<void>;
}

/** Not in /tmp, which is another one inside: what is written there is no escape. The checkout itself may lie there. */
const GROUND = realpathSync(process.cwd()).startsWith('/tmp/') ? '/opt' : join(process.cwd(), 'node_modules');

export function createSite(): Site {
  const base = realpathSync(mkdtempSync(join(GROUND, '.sandbox-site-')));
  const [home, outside] = [join(base, 'home'), join(base, 'outside')];
  const workspace = join(home, 'project');
  const own = join(workspace, 'state', 'rookery');
  write(join(home, '.ssh', 'id_ed25519'), CANARY);
  write(join(home, 'notes.txt'), CANARY);
  write(join(outside, 'file'), 'as it was\n');
  write(join(own, 'signing.key'), CANARY);
  write(join(workspace, 'readme.md'), 'hello\n');
  write(join(workspace, '.bashrc'), '# mine\n');
  write(join(workspace, 'packages', 'one', '.vscode', 'settings.json'), '{}\n');
  git(workspace, 'init', '-q');
  git(workspace, 'commit', '-q', '--allow-empty', '-m', 'first');
  mkdirSync(join(workspace, 'nested'));
  git(join(workspace, 'nested'), 'init', '-q');
  git(join(workspace, 'nested'), 'commit', '-q', '--allow-empty', '-m', 'first');
  return { home, outside, own, workspace, remove: () => rm(base, { recursive: true, force: true }) };
}

export function write(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}

export function git(directory: string, ...args: readonly string[]): string {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...who, ...args], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** All that lies there, one line each: kind, mode, content. */
export async function picture(...roots: readonly string[]): Promise<string[]> {
  const lines = await Promise.all(roots.map(draw));
  return lines.flat();
}

async function draw(path: string): Promise<string[]> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats) return [`${path} nothing`];
  const mode = stats.mode.toString(8);
  if (stats.isSymbolicLink()) return [`${path} -> ${await readlink(path)}`];
  if (stats.isFile())
    return [
      `${path} ${mode} ${createHash('sha256')
        .update(await readFile(path))
        .digest('hex')}`,
    ];
  if (!stats.isDirectory()) return [`${path} ${mode} special`];
  const names = (await readdir(path)).sort();
  return [`${path} ${mode} directory`, ...(await Promise.all(names.map((name) => draw(join(path, name))))).flat()];
}
