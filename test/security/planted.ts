/**
 * Repositories that would run a program of theirs when git only looks at them: each way that git knows, by itself. The
 * program leaves a mark outside of the workspace.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Repository {
  /** The workspace. */
  readonly workspace: string;
  /** Holds the workspace and what lies beside it. */
  readonly base: string;
  /** A program that leaves a mark and prints what it is given. */
  readonly program: string;
  git(...args: readonly string[]): void;
  write(path: string, text: string, mode?: number): void;
  marks(): string[];
  remove(): void;
}

const WHO = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main'];
const ENV = { PATH: process.env.PATH, HOME: '/nowhere', GIT_CONFIG_NOSYSTEM: '1' };

/** Two commits, a staged and an unstaged change, a stash, a tag. */
export function createRepository(name = 'work'): Repository {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'rookery-planted-')));
  const workspace = join(base, name);
  const marks = join(base, 'marks');
  const write = (path: string, text: string, mode = 0o644): void => {
    const file = join(workspace, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode });
    chmodSync(file, mode);
  };
  const repository: Repository = {
    workspace,
    base,
    program: join(workspace, 'planted.sh'),
    git: (...args) => void execFileSync('git', [...WHO, ...args], { cwd: workspace, env: ENV, stdio: 'ignore' }),
    write,
    marks: () => readdirSync(marks),
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
  mkdirSync(marks);
  template ??= createTemplate();
  cpSync(template, workspace, { recursive: true });
  write(
    'planted.sh',
    `#!/bin/sh\n: > '${marks}/'"$(date +%N)-$$"\ncat "\${1:-/dev/null}" 2>/dev/null || true\n`,
    0o755,
  );
  return repository;
}

/** Settings, files and places. `bites`: a line of git that runs the program where nothing holds it. */
export interface Plant {
  readonly bites?: string;
  plant(repository: Repository): void;
}

export const PLANTS: Readonly<Record<string, Plant>> = {
  'core.fsmonitor': { bites: 'git status', plant: ({ git, program }) => git('config', 'core.fsmonitor', program) },
  'core.fsmonitor, relative': {
    bites: 'git status',
    plant: ({ git }) => git('config', 'core.fsmonitor', './planted.sh'),
  },
  'a hook after the index': {
    bites: 'touch src/index.ts; git status',
    plant: (here) => hook(here, '.git/hooks/post-index-change'),
  },
  'core.hooksPath': {
    bites: 'touch src/index.ts; git status',
    plant: (here) => {
      here.git('config', 'core.hooksPath', 'tools/hooks');
      hook(here, 'tools/hooks/post-index-change');
    },
  },
  'core.pager': { plant: ({ git, program }) => git('config', 'core.pager', program) },
  'pager of a verb': {
    plant: ({ git, program }) => {
      for (const verb of ['log', 'diff', 'status']) git('config', `pager.${verb}`, program);
    },
  },
  'core.editor, core.askPass, core.sshCommand': {
    plant: ({ git, program }) => {
      for (const key of ['editor', 'askPass', 'sshCommand']) git('config', `core.${key}`, program);
    },
  },
  'core.gitProxy': { plant: ({ git, program }) => git('config', 'core.gitProxy', program) },
  'diff.external': { bites: 'git diff', plant: ({ git, program }) => git('config', 'diff.external', program) },
  'a command of a diff driver': {
    bites: 'git diff',
    plant: (here) => driver(here, 'diff.planted.command', 'diff=planted'),
  },
  textconv: { bites: 'git log -p', plant: (here) => driver(here, 'diff.planted.textconv', 'diff=planted') },
  'a clean filter': { bites: 'git status', plant: (here) => driver(here, 'filter.planted.clean', 'filter=planted') },
  'a filter process': { bites: 'git diff', plant: (here) => driver(here, 'filter.planted.process', 'filter=planted') },
  'attributes of the repository alone': {
    bites: 'git diff',
    plant: ({ git, write, program }) => {
      git('config', 'filter.planted.clean', program);
      write('.git/info/attributes', '* filter=planted\n');
    },
  },
  'an alias of a verb': {
    plant: ({ git, program }) => {
      for (const verb of ['status', 'log', 'diff']) git('config', `alias.${verb}`, `!${program}`);
    },
  },
  'log.showSignature': {
    bites: 'git log',
    plant: (here) => {
      here.git('config', 'log.showSignature', 'true');
      here.git('config', 'gpg.program', here.program);
      sign(here);
    },
  },
  'a format that looks at signatures': {
    bites: 'git log',
    plant: (here) => {
      here.git('config', 'format.pretty', '%GG');
      here.git('config', 'gpg.program', here.program);
      sign(here);
    },
  },
  'ssh signatures': {
    plant: (here) => {
      here.git('config', 'log.showSignature', 'true');
      here.git('config', 'gpg.ssh.program', here.program);
      here.git('config', 'gpg.format', 'ssh');
      sign(here);
    },
  },
  'an included file': {
    bites: 'git status',
    plant: ({ git, write, program }) => {
      git('config', 'include.path', '../shared.config');
      write('shared.config', `[core]\n\tfsmonitor = ${program}\n[filter "planted"]\n\tclean = ${program}\n`);
      write('.gitattributes', '* filter=planted\n');
    },
  },
  'a file included on a branch': {
    bites: 'git diff',
    plant: ({ git, write, program }) => {
      git('config', 'includeIf.onbranch:main.path', '../shared.config');
      write('shared.config', `[diff]\n\texternal = ${program}\n`);
    },
  },
  'settings of the work tree': {
    bites: 'git diff',
    plant: ({ git, write, program }) => {
      git('config', 'extensions.worktreeConfig', 'true');
      write('.git/config.worktree', `[diff]\n\texternal = ${program}\n`);
    },
  },
  'a partial clone': {
    bites: 'git cat-file -p 0123456789012345678901234567890123456789',
    plant: ({ git, base, program }) => {
      git('config', 'core.repositoryFormatVersion', '1');
      git('config', 'extensions.partialClone', 'origin');
      git('config', 'remote.origin.promisor', 'true');
      git('config', 'remote.origin.url', base);
      git('config', 'remote.origin.uploadpack', program);
    },
  },
  'a partial clone over ssh': {
    bites: 'git cat-file -p 0123456789012345678901234567890123456789',
    plant: ({ git, program }) => {
      git('config', 'core.repositoryFormatVersion', '1');
      git('config', 'extensions.partialClone', 'origin');
      git('config', 'remote.origin.promisor', 'true');
      git('config', 'remote.origin.url', 'ssh://example.invalid/x');
      git('config', 'core.sshCommand', program);
    },
  },
  'a submodule with a monitor': { bites: 'git status', plant: (here) => submodule(here, 'core.fsmonitor') },
  'a submodule with a filter': { bites: 'git status', plant: (here) => submodule(here, 'filter.planted.clean') },
  'a submodule that says how it is looked at': {
    bites: 'git status',
    plant: (here) => {
      submodule(here, 'filter.planted.clean');
      here.write('.gitmodules', '[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n\tignore = none\n');
    },
  },
  'submodules in the summary': {
    bites: 'git status',
    plant: (here) => {
      submodule(here, 'filter.planted.clean');
      here.git('config', 'status.submoduleSummary', 'true');
    },
  },
  'settings from elsewhere': {
    bites: 'git diff',
    plant: ({ git, write, workspace, program }) => {
      execFileSync('cp', ['-r', join(workspace, '.git'), join(workspace, 'store')]);
      write('store/config', `[core]\n\trepositoryformatversion = 0\n[diff]\n\texternal = ${program}\n`);
      write('.git/commondir', '../store\n');
      git('rev-parse', 'HEAD');
    },
  },
  'a repository under another name': {
    bites: 'git diff',
    plant: ({ write, workspace, program }) => {
      execFileSync('mv', [join(workspace, '.git'), join(workspace, 'store')]);
      write('store/config', `[core]\n\tbare = false\n[diff]\n\texternal = ${program}\n`);
      write('.git', 'gitdir: store\n');
    },
  },
  'a symlink as repository': {
    bites: 'git diff',
    plant: ({ git, workspace, program }) => {
      git('config', 'diff.external', program);
      execFileSync('mv', [join(workspace, '.git'), join(workspace, 'store')]);
      symlinkSync('store', join(workspace, '.git'));
    },
  },
  'the workspace itself as repository': {
    bites: 'git log',
    plant: ({ git, workspace, write, program }) => {
      git('gc', '-q');
      execFileSync('sh', ['-c', 'mv .git/* . && rm -rf .git'], { cwd: workspace });
      write(
        'config',
        `[core]\n\tbare = false\n\tworktree = ${workspace}\n\tpager = ${program}\n[log]\n\tshowSignature = true\n[gpg]\n\tprogram = ${program}\n[core]\n\tfsmonitor = ${program}\n`,
      );
      // Commits are signed, so that a look at the log runs something.
      write('signed', signedCommit(workspace));
      execFileSync(
        'sh',
        ['-c', 'git --git-dir=. update-ref refs/heads/main $(git --git-dir=. hash-object -t commit -w signed)'],
        { cwd: workspace, stdio: 'ignore' },
      );
    },
  },
  'another work tree': {
    plant: ({ git, base }) => {
      mkdirSync(join(base, 'private'));
      writeFileSync(join(base, 'private', 'notes'), 'not for this task');
      git('config', 'core.worktree', join(base, 'private'));
    },
  },
  'trailers and helpers': {
    plant: ({ git, program }) => {
      git('config', 'trailer.sign.command', program);
      git('config', 'credential.helper', program);
      git('config', 'core.alternateRefsCommand', program);
      git('config', 'interactive.diffFilter', program);
      git('config', 'uploadpack.packObjectsHook', program);
    },
  },
};

// ---

/** Made once, copied for each test. */
let template: string | undefined;

function createTemplate(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'rookery-planted-')));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', [...WHO, ...args], { cwd: directory, env: ENV, stdio: 'ignore' });
  const write = (path: string, text: string): void => writeFileSync(join(directory, path), text);
  git('init', '-q');
  mkdirSync(join(directory, 'src'));
  write('src/index.ts', 'export const createServer = 1;\n');
  write('README.md', 'hello\n');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  git('tag', 'v1');
  write('README.md', 'hello again\n');
  git('commit', '-q', '-am', 'second');
  write('README.md', 'stashed\n');
  git('stash');
  write('src/index.ts', 'export const createServer = 2;\n');
  git('add', '-A');
  write('README.md', 'changed\n');
  return directory;
}

function hook({ write, workspace }: Repository, path: string): void {
  write(path, `#!/bin/sh\nexec '${join(workspace, 'planted.sh')}'\n`, 0o755);
}

function driver({ git, write, program }: Repository, key: string, attribute: string): void {
  git('config', key, program);
  write('.gitattributes', `* ${attribute}\n`);
}

/** The signature is none: the program is asked about it first. */
function signedCommit(workspace: string): string {
  const run = (...args: string[]): string =>
    execFileSync('git', existsSync(join(workspace, '.git')) ? args : ['--git-dir=.', ...args], {
      cwd: workspace,
      encoding: 'utf8',
      env: { ...ENV, GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'core.fsmonitor', GIT_CONFIG_VALUE_0: 'false' },
    });
  const [head = '', ...message] = run('cat-file', 'commit', 'HEAD').split('\n\n');
  return `${head}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----\n\n${message.join('\n\n')}`;
}

function sign({ workspace, base }: Repository): void {
  writeFileSync(join(base, 'commit'), signedCommit(workspace));
  const script = 'git update-ref refs/heads/main "$(git hash-object -t commit -w "$0")"';
  execFileSync('sh', ['-c', script, join(base, 'commit')], { cwd: workspace, env: ENV, stdio: 'ignore' });
}

/** One with a repository of its own in it, as a download brings along. */
function submodule({ git, write, workspace, program }: Repository, key: string): void {
  mkdirSync(join(workspace, 'sub'));
  const inside = (...args: readonly string[]): void =>
    void execFileSync('git', [...WHO, ...args], { cwd: join(workspace, 'sub'), env: ENV, stdio: 'ignore' });
  inside('init', '-q');
  write('sub/file', 'a\n');
  write('sub/.gitattributes', '* filter=planted\n');
  inside('add', '-A');
  inside('commit', '-q', '-m', 'first');
  git('add', 'sub');
  git('commit', '-q', '-m', 'a submodule', 'sub');
  inside('config', key, program);
  write('sub/file', 'b\n');
}
