/** A workspace with files that hold credentials: at the top, deeper, committed, changed, behind links. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface CredentialSite {
  readonly base: string;
  readonly workspace: string;
  remove(): void;
}

/** Short, so that it is seen in the columns of a dump too. */
const SECRET = 'QZX7'.repeat(32);

/** Whether a text holds the secret, however it is laid out: a dump, letter by letter, backwards. */
export function holdsSecret(text: string): boolean {
  return /Q\s*Z\s*X\s*7|7\s*X\s*Z\s*Q/i.test(text);
}

export const CREDENTIALS: readonly string[] = [
  ...['.env', '.env.local', 'conf/.env', 'conf/prod/.env.production', 'server.key', 'conf/tls/server.pem'],
  ...['conf/id_rsa', 'conf/service-account.json', 'credentials.json', '.npmrc', '.netrc', 'home/.ssh/id_ed25519'],
  ...['home/.aws/credentials', 'home/.docker/config.json', 'deep/1/2/3/4/5/6/7/8/.env', 'app/store.p12'],
];

/** Not in /tmp, which is another one in the sandbox: there a file that is not seen proves nothing. */
const GROUND = realpathSync(process.cwd()).startsWith('/tmp/') ? '/opt' : join(process.cwd(), 'node_modules');

export function createCredentialSite(): CredentialSite {
  const base = realpathSync(mkdtempSync(join(GROUND, '.credential-site-')));
  const workspace = join(base, 'work');
  const write = (path: string, text: string): void => {
    const file = join(base, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const git = (...args: readonly string[]): void => {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main'];
    execFileSync('git', [...who, ...args], { cwd: workspace, stdio: 'ignore' });
  };
  for (const path of ['README.md', 'src/index.ts', 'conf/app.json', 'conf/prod/app.json', 'data.txt'])
    write(`work/${path}`, 'plain\n');
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  // One that is committed, so that git has it in its index; what it holds now is in no commit.
  write('work/conf/.env', 'A=1\n');
  git('add', '-f', 'conf/.env');
  git('commit', '-q', '-m', 'second');
  for (const path of CREDENTIALS) write(`work/${path}`, `${SECRET}\n`);
  write('outside/token.txt', `${SECRET}\n`);
  for (const [name, target] of [
    ['innocent', '.env'],
    ['also-innocent', 'home/.ssh/id_ed25519'],
    ['linked', 'conf'],
    ['.env.linked', join(base, 'outside', 'token.txt')],
  ] as const)
    symlinkSync(target, join(workspace, name));
  return { base, workspace, remove: () => rmSync(base, { recursive: true, force: true }) };
}
