/**
 * The list of names whose content other programs run later, for the file tools, the policy and the sandbox. Matches by
 * name alone, in every spelling that some file system takes for the same name. Pure.
 */

export interface ProtectedName {
  /** One name, or several joined by `/`, at any depth. A leading `*` stands for any characters. */
  readonly path: string;
  /** For a directory everything in it counts. */
  readonly kind: 'directory' | 'file';
  /** `refused`: no tool writes it, whatever was allowed. `asked`: legitimate changes exist, but each write asks. */
  readonly level: 'refused' | 'asked';
}

/** Settings of a person, of editors and of agents, hooks, and what decides what may run here. */
const REFUSED_DIRECTORIES: readonly string[] = [
  ...['.git', '.husky', '.vscode', '.idea', '.ssh', '.gnupg', '.claude', '.cursor', '.codex', '.gemini', '.windsurf'],
  ...['.direnv', '.zed', '.fleet', '.local/bin', '.cargo/bin', '.config/autostart', '.config/systemd', '.config/fish'],
  ...['.config/environment.d', '.config/git', '.config/nvim', '.config/mise', '.config/direnv', '.vim', '.emacs.d'],
  ...['.local/share/applications', 'Library/LaunchAgents'],
];

const REFUSED_FILES: readonly string[] = [
  ...['.bashrc', '.bash_profile', '.bash_login', '.bash_logout', '.bash_aliases', '.profile', '.kshrc', '.mkshrc'],
  ...['.zshrc', '.zshenv', '.zprofile', '.zlogin', '.zlogout', '.cshrc', '.tcshrc', '.login', '.logout', '.inputrc'],
  ...['config.fish', '.xprofile', '.xinitrc', '.xsession', '.xsessionrc', '.pam_environment', '.vimrc', '.exrc'],
  ...['.nvimrc', '.nvim.lua', '.gvimrc', '.emacs', '.tmux.conf', '.screenrc', '.gdbinit', '.lldbinit', '.envrc'],
  ...['.Rprofile', '.Renviron', '.pdbrc', '.irbrc', '.pryrc', '.ghci', '.psqlrc', '.sqliterc', '.terraformrc'],
  ...['.gitconfig', '.gitmodules', '.mcp.json', 'rookery.toml', '.ripgreprc', '.wgetrc', '.curlrc', '.gemrc'],
  ...['.npmrc', '.yarnrc', '.yarnrc.yml', '.pnpmfile.cjs', '.pypirc', '.netrc'],
  // Next to `objects` and `refs` it makes any directory a git repository.
  'HEAD',
];

/** The same kind of content in a project: pipelines, hooks, tool versions, instructions for agents. */
const ASKED_DIRECTORIES: readonly string[] = [
  ...['.githooks', '.github/workflows', '.github/actions', '.gitea/workflows', '.forgejo/workflows', '.circleci'],
  ...['.buildkite', '.woodpecker', '.devcontainer', '.lefthook', '.mvn', '.bundle', '.run', '.yarn/releases'],
  ...['.yarn/plugins'],
];

const ASKED_FILES: readonly string[] = [
  ...['.gitlab-ci.yml', '.gitlab-ci.yaml', '.travis.yml', '.drone.yml', '.woodpecker.yml', '.woodpecker.yaml'],
  ...['.cirrus.yml', 'appveyor.yml', '.appveyor.yml', 'azure-pipelines.yml', 'bitbucket-pipelines.yml', 'Jenkinsfile'],
  ...['.cargo/config.toml', '.cargo/config', '.mise.toml', 'mise.toml', '.mise.local.toml', 'mise.local.toml'],
  ...['.rtx.toml', '.tool-versions', '.pre-commit-config.yaml', '.pre-commit-config.yml', '.overcommit.yml'],
  ...['lefthook.yml', '.lefthook.yml', 'lefthook.yaml', '.lefthook.yaml', 'lefthook-local.yml', '.lefthook-local.yml'],
  ...['.devcontainer.json', '.bazelrc', '.pnp.cjs', '.pnp.loader.mjs', '.dir-locals.el', '.lfsconfig'],
  ...['sitecustomize.py', 'usercustomize.py', '*.pth', '*.code-workspace', '*.sublime-project'],
  ...['AGENTS.md', 'AGENTS.override.md', 'CLAUDE.md', 'CLAUDE.local.md', 'GEMINI.md', '.cursorrules'],
  ...['.windsurfrules', '.github/copilot-instructions.md'],
];

export const PROTECTED: readonly ProtectedName[] = Object.freeze([
  ...REFUSED_DIRECTORIES.map((path) => ({ path, kind: 'directory', level: 'refused' }) as const),
  ...REFUSED_FILES.map((path) => ({ path, kind: 'file', level: 'refused' }) as const),
  ...ASKED_DIRECTORIES.map((path) => ({ path, kind: 'directory', level: 'asked' }) as const),
  ...ASKED_FILES.map((path) => ({ path, kind: 'file', level: 'asked' }) as const),
]);

/**
 * @returns the level of a path with `/`, relative to the workspace, or absolute where it leads outside; undefined when
 * it is not protected
 */
export function protectionOf(path: string): ProtectedName['level'] | undefined {
  const names = path.split(/[/\\]/).map(foldName).filter(Boolean);
  const levels = [...names.map((_, at) => levelAt(names, at)), levelOfEnding(names.at(-1) ?? '')];
  return levels.includes('refused') ? 'refused' : levels.find((level) => level !== undefined);
}

/**
 * A name as the most lenient file system reads it: ignores case, accent composition, trailing dots and spaces, stream
 * names and invisible characters.
 */
export function foldName(name: string): string {
  if (PLAIN.test(name)) return name.toLowerCase();
  return name
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .replace(/(?!^):.*$/s, '')
    .replace(/(?<=[^.\s])[.\s]+$/, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFC');
}

// ---

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
/** ASCII without `:`, and without a dot or a space at its end: only its letters are folded. Nearly every name. */
const PLAIN = /^(?:[!-9;-~ ]*[!-\-/-9;-~])?$/;

type Level = ProtectedName['level'];

interface Known {
  /** The names that must follow the first one. */
  readonly rest: readonly string[];
  /** A file matches only at the end of the path: a directory of that name is not read. */
  readonly isFile: boolean;
  readonly level: Level;
}

// Some file systems also accept `git~1` for `.git`.
const SHORT_NAMES = ['git~1', 'git~2'].map((path): ProtectedName => ({ path, kind: 'directory', level: 'refused' }));

const BY_FIRST = new Map<string, Known[]>();
const BY_ENDING = new Map<string, Level>();

for (const { path, kind, level } of [...PROTECTED, ...SHORT_NAMES]) {
  const [first = '', ...rest] = path.toLowerCase().split('/');
  if (first.startsWith('*')) BY_ENDING.set(first.slice(1), level);
  else BY_FIRST.set(first, [...(BY_FIRST.get(first) ?? []), { rest, isFile: kind === 'file', level }]);
}

function levelAt(names: readonly string[], at: number): Level | undefined {
  const found = BY_FIRST.get(names[at] ?? '')?.find(({ rest, isFile }) => {
    const follows = rest.every((part, n) => names[at + 1 + n] === part);
    return follows && (!isFile || at + rest.length === names.length - 1);
  });
  return found?.level;
}

function levelOfEnding(name: string): Level | undefined {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? undefined : BY_ENDING.get(name.slice(dot));
}
