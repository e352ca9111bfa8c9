/**
 * The caches of package managers: where a home has each, and how a task gets it. A tool writes into its cache even when it
 * only reads, so a task has a copy in which unchanged files are links to the read-only original. Data only.
 */

export interface PackageCache {
  readonly name: string;
  /** Holds the directory when it is set. */
  readonly variable?: string;
  /** Below the home, when the variable is not set. */
  readonly path: string;
  /** What is taken over, relative to the directory; `*` stands for any part of one name. */
  readonly parts: readonly string[];
  /** Files that the tool changes in place: copied. All others are links. */
  readonly copied?: RegExp;
  /** The task has it when a command line names one of these programs. */
  readonly programs: RegExp;
  /** Or when the workspace has one of these files. */
  readonly manifests: readonly string[];
  /** Paths below a part that stay hidden; `*` stands for any part of one name. */
  readonly without?: readonly string[];
  /** @returns the variables that lead a tool to the task's copy */
  env(copy: string, original: string): Readonly<Record<string, string>>;
}

export const PACKAGE_CACHES: readonly PackageCache[] = [
  {
    name: 'cargo',
    variable: 'CARGO_HOME',
    path: '.cargo',
    parts: ['registry/index', 'registry/cache', 'git/db', 'git/checkouts'],
    copied: /^registry\/index\/(?!.*\/\.git\/)/,
    programs: /\bcargo\b/,
    manifests: ['Cargo.toml'],
    env: (copy) => ({ CARGO_HOME: copy }),
  },
  {
    name: 'maven',
    path: '.m2/repository',
    parts: ['.'],
    copied: /(^|\/)(_remote\.repositories|maven-metadata[^/]*|resolver-status\.properties|[^/]*\.lastUpdated)$/,
    programs: /\bmvnw?\b/,
    manifests: ['pom.xml'],

    env: (copy) => ({ MAVEN_OPTS: `-Dmaven.repo.local=${copy}` }),
  },
  {
    name: 'gradle',
    variable: 'GRADLE_USER_HOME',
    path: '.gradle',
    parts: ['wrapper/dists', 'caches/modules-2'],
    copied: /\.(lck|ok|part)$/,
    programs: /\bgradlew?\b/,
    manifests: ['build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts'],
    env: (copy, original) => ({ GRADLE_USER_HOME: copy, GRADLE_RO_DEP_CACHE: `${original}/caches` }),
  },
  {
    name: 'npm',
    variable: 'npm_config_cache',
    path: '.npm',
    parts: ['_cacache/index-v5', '_cacache/content-v2'],
    copied: /^_cacache\/index-v5\//,
    programs: /\b(npm|npx|pnpm|yarn)\b/,
    manifests: ['package.json'],
    env: (copy) => ({ npm_config_cache: copy }),
  },
  // Files are copied into a project: a link would lead a program's relative paths into the store.
  {
    name: 'pnpm-store',
    path: '.local/share/pnpm/store',
    parts: ['v*/files', 'v*/index'],
    programs: /\bpnpm\b/,
    manifests: ['pnpm-lock.yaml'],
    env: (copy) => ({
      npm_config_store_dir: copy,
      pnpm_config_store_dir: copy,
      npm_config_package_import_method: 'copy',
      pnpm_config_package_import_method: 'copy',
    }),
  },
  // Of yarn 2 and later. That of yarn 1 would have to be copied as a whole.
  {
    name: 'yarn',
    variable: 'YARN_GLOBAL_FOLDER',
    path: '.yarn/berry',
    parts: ['cache', 'metadata'],
    programs: /\byarn\b/,
    manifests: ['.yarnrc.yml'],
    env: (copy) => ({ YARN_GLOBAL_FOLDER: copy }),
  },
  // What it has of other indexes than the public one, and of git, may hold addresses with passwords.
  {
    name: 'uv',
    variable: 'UV_CACHE_DIR',
    path: '.cache/uv',
    parts: ['archive-v*', 'wheels-v*/pypi', 'simple-v*/pypi', 'sdists-v*/pypi'],
    copied: /\.lock$/,
    programs: /\buvx?\b/,
    manifests: ['uv.lock'],
    env: (copy) => ({ UV_CACHE_DIR: copy, UV_LINK_MODE: 'copy' }),
  },
  {
    name: 'pip',
    variable: 'PIP_CACHE_DIR',
    path: '.cache/pip',
    parts: ['http-v2', 'http', 'wheels'],
    programs: /\b(pip3?|python3?)\b/,
    manifests: ['pyproject.toml', 'requirements.txt', 'setup.py'],
    env: (copy) => ({ PIP_CACHE_DIR: copy }),
  },
];
