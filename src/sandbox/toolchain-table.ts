/**
 * The toolchains that are installed into a home directory: where each lies, which directories in it a command needs, and
 * which files in those may hold credentials. Only what stands here is shown. Data only.
 */

export interface Toolchain {
  /** As `doctor` names it. */
  readonly name: string;
  /** Holds the root when it is set; passed to commands with the root found. */
  readonly variable?: string;
  /** The usual roots, relative to the home; the first one that exists counts. */
  readonly roots: readonly string[];
  /** What is shown of the root, with `*` as below; `.` for all of it. */
  readonly shown: readonly string[];
  /** Paths below the root that stay hidden; `*` stands for any part of one name. */
  readonly without?: readonly string[];
  /** A file without which the root is not taken for one. */
  readonly needs?: string;
}

const NPM_SETTINGS = 'etc/npmrc';
const PIP_SETTINGS = 'pip.conf';

export const TOOLCHAINS: readonly Toolchain[] = [
  {
    name: 'rustup',
    variable: 'RUSTUP_HOME',
    roots: ['.rustup'],
    shown: ['toolchains', 'settings.toml', 'update-hashes'],
  },
  // Its config.toml may hold the token of a registry, as credentials.toml does.
  {
    name: 'cargo',
    roots: ['.cargo'],
    shown: ['bin', 'registry/cache', 'registry/index', 'registry/src', 'git/db', 'git/checkouts'],
    without: ['git/db/*/FETCH_HEAD', 'git/db/*/config', 'registry/index/*/.git/config'],
  },
  versions('pyenv', 'PYENV_ROOT', '.pyenv', [`versions/*/${PIP_SETTINGS}`, `versions/*/envs/*/${PIP_SETTINGS}`]),
  versions('rbenv', 'RBENV_ROOT', '.rbenv'),
  versions('nodenv', 'NODENV_ROOT', '.nodenv', [`versions/*/${NPM_SETTINGS}`]),
  versions('goenv', 'GOENV_ROOT', '.goenv'),
  versions('plenv', 'PLENV_ROOT', '.plenv'),
  {
    name: 'uv',
    variable: 'UV_PYTHON_INSTALL_DIR',
    roots: ['.local/share/uv/python'],
    shown: ['.'],
    without: [`*/${PIP_SETTINGS}`],
  },
  {
    name: 'uv tools',
    variable: 'UV_TOOL_DIR',
    roots: ['.local/share/uv/tools'],
    shown: ['.'],
    without: [`*/${PIP_SETTINGS}`, '*/uv-receipt.toml'],
  },
  {
    name: 'mise',
    variable: 'MISE_DATA_DIR',
    roots: ['.local/share/mise'],
    shown: ['installs', 'shims', 'plugins'],
    without: [
      `installs/*/*/${NPM_SETTINGS}`,
      `installs/*/*/${PIP_SETTINGS}`,
      'installs/maven/*/*/conf',
      'plugins/*/.git',
    ],
  },
  {
    name: 'asdf',
    variable: 'ASDF_DATA_DIR',
    roots: ['.asdf'],
    shown: ['installs', 'shims', 'plugins', 'bin', 'lib', 'libexec', 'asdf.sh'],
    without: [
      `installs/*/*/${NPM_SETTINGS}`,
      `installs/*/*/${PIP_SETTINGS}`,
      'installs/maven/*/conf',
      'plugins/*/.git',
    ],
  },
  {
    name: 'nvm',
    variable: 'NVM_DIR',
    roots: ['.nvm', '.config/nvm'],
    shown: ['versions', 'alias', 'nvm.sh', 'nvm-exec'],
    without: [`versions/*/*/${NPM_SETTINGS}`],
  },
  {
    name: 'fnm',
    variable: 'FNM_DIR',
    roots: ['.local/share/fnm', '.fnm'],
    shown: ['node-versions', 'aliases'],
    without: [`node-versions/*/installation/${NPM_SETTINGS}`],
  },
  {
    name: 'volta',
    variable: 'VOLTA_HOME',
    roots: ['.volta'],
    shown: ['bin', 'tools'],
    without: [`tools/image/node/*/${NPM_SETTINGS}`],
  },
  {
    name: 'sdkman',
    variable: 'SDKMAN_DIR',
    roots: ['.sdkman'],
    shown: ['candidates'],
    without: ['candidates/maven/*/conf', 'candidates/gradle/*/init.d', 'candidates/*/*/gradle.properties'],
  },
  { name: 'java', variable: 'JAVA_HOME', roots: [], shown: ['.'], needs: 'bin/java' },
  { name: 'JDKs', roots: ['.jdks'], shown: ['.'] },
  { name: 'go', variable: 'GOROOT', roots: [], shown: ['.'], needs: 'bin/go' },
  { name: 'go SDKs', roots: ['sdk'], shown: ['go1*'] },
  {
    name: 'pipx',
    variable: 'PIPX_HOME',
    roots: ['.local/share/pipx', '.local/pipx'],
    shown: ['venvs'],
    without: [`venvs/*/${PIP_SETTINGS}`, 'venvs/*/pipx_metadata.json'],
  },
  ...['miniconda3', 'anaconda3', 'miniforge3', 'mambaforge'].map(
    (root): Toolchain => ({
      name: root,
      roots: [root],
      shown: ['bin', 'lib', 'include', 'share', 'ssl', 'envs', 'conda-meta'],
      without: [`envs/*/${PIP_SETTINGS}`, 'envs/*/.condarc'],
    }),
  ),
  { name: 'poetry', roots: ['.local/share/pypoetry'], shown: ['venv'], without: [`venv/${PIP_SETTINGS}`] },
  {
    name: 'virtual environments',
    roots: ['.local/share/virtualenvs', '.virtualenvs'],
    shown: ['.'],
    without: [`*/${PIP_SETTINGS}`],
  },
  { name: 'corepack', variable: 'COREPACK_HOME', roots: ['.cache/node/corepack'], shown: ['.'] },
];

// ---

/** pyenv and its relatives. A clone's .git is not needed. */
function versions(name: string, variable: string, root: string, without: readonly string[] = []): Toolchain {
  const shown = ['versions', 'shims', 'bin', 'libexec', 'plugins', `${name}.d`, 'version'];
  return { name, variable, roots: [root], shown, without: [...without, 'plugins/*/.git'] };
}
