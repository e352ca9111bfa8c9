/**
 * Tries each toolchain of this host in the sandbox, for `doctor`: one command that runs every program in the PATH that it
 * knows, and says what answered. Its workspace is an empty directory.
 */
import { execFile } from 'node:child_process';
import { access, constants, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sentenceOf } from '../domain/errors.js';
import { makeTemporaryDirectory } from '../files/temporary-directory.js';
import { commandEnvironment, type Environment } from '../processes/command-environment.js';
import { type FoundToolchain, findToolchains } from './find-toolchains.js';
import type { Sandbox } from './sandbox.js';

export interface ToolchainState {
  /** The program. */
  readonly name: string;
  /** What it printed first, or why it does not work. */
  readonly works: boolean;
  readonly message: string;
}

/**
 * @returns a state for each known program in the PATH, and for each toolchain of the home that is not in it; one that is not
 * installed has none
 */
export async function checkToolchains(
  sandbox: Sandbox,
  env: Environment,
  home: string = homedir(),
): Promise<ToolchainState[]> {
  const workspace = await makeTemporaryDirectory('toolchains');
  try {
    const environment = commandEnvironment(env, workspace);
    const installed = await installedIn(environment.PATH ?? '');
    const places = (await findToolchains({ home, env, hidden: [] })).flatMap(placeOf);
    if (installed.length + places.length === 0) return [];
    const lines = [
      ...installed.map(([name, words]) => `try ${name} ${words}`),
      ...places.map(({ name, path }) => `look '${name}' ${quoted(path)}`),
    ].join('\n');
    const argv = ['/bin/sh', '-c', `${SCRIPT}\n${lines}\nwait`] as const;
    const confined = await sandbox.command({ argv, cwd: workspace, workspace, env: environment });
    try {
      const [program, ...args] = confined.argv;
      const options = { env: confined.env, cwd: workspace, timeout: TIMEOUT_MS };
      const { stdout } = await promisify(execFile)(program, args, options);
      const names = [...installed.map(([name]) => name), ...places.map(({ name }) => name)];
      return await statesIn(stdout, names, confined.explain);
    } catch (error) {
      return [{ name: 'all', works: false, message: sentenceOf(error) }];
    } finally {
      await confined.release();
    }
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

// ---

const TIMEOUT_MS = 60_000;

/** How each says its version. */
const PROGRAMS: readonly (readonly [name: string, words: string])[] = [
  ...(['node', 'npm', 'pnpm', 'yarn', 'bun', 'deno', 'python3', 'pip', 'uv', 'poetry'] as const).map(version),
  ...(['cargo', 'rustc', 'ruby', 'bundle', 'mvn', 'gradle', 'make', 'cmake', 'gcc', 'php', 'dotnet'] as const).map(
    version,
  ),
  ['go', 'version'],
  ['java', '-version'],
];

function version(name: string): readonly [string, string] {
  return [name, '--version'];
}

/** A line for each: name, exit code, what it printed first. At the same time: some take a second to start. */
const SCRIPT = `try() { ( printed=$("$@" 2>&1); code=$?
printf '%s\\t%s\\t%s\\n' "$1" "$code" "$(printf '%s' "$printed" | tr -d '\\033' | grep . | head -n 1)" ) & }
look() { ( printed=$(ls -- "$2" 2>&1); code=$?
printf '%s\\t%s\\t%s\\n' "$1" "$code" "$2: $(printf '%s' "$printed" | head -n 5 | tr '\\n' ' ')" ) & }`;

/** Managers of versions: what they have need not be in the PATH of the worker. */
const MANAGERS: ReadonlySet<string> = new Set([
  ...['rustup', 'pyenv', 'rbenv', 'nodenv', 'goenv', 'uv', 'mise', 'asdf', 'nvm', 'fnm', 'volta', 'sdkman'],
]);

function placeOf({ name, shown }: FoundToolchain): { readonly name: string; readonly path: string }[] {
  const [first] = shown;
  return MANAGERS.has(name) && first ? [{ name: `${name} (versions)`, path: first.path }] : [];
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

async function installedIn(path: string): Promise<(typeof PROGRAMS)[number][]> {
  const found = await Promise.all(
    PROGRAMS.map(([name]) =>
      Promise.any(path.split(':').map((at) => access(join(at, name), constants.X_OK))).then(
        () => true,
        () => false,
      ),
    ),
  );
  return PROGRAMS.filter((_, at) => found[at]);
}

async function statesIn(
  printed: string,
  names: readonly string[],
  explain: ((output: string) => Promise<string | undefined>) | undefined,
): Promise<ToolchainState[]> {
  const rows = new Map(printed.split('\n').map((line) => [line.split('\t')[0], line.split('\t')] as const));
  return Promise.all(
    names.map(async (name) => {
      const [, code, text = ''] = rows.get(name) ?? [];
      if (code === '0') return { name, works: true, message: text.replace(/\[\d*m/g, '').slice(0, 80) };
      const hint = await explain?.(text);
      return { name, works: false, message: hint ?? (text || 'it printed nothing').slice(0, 160) };
    }),
  );
}
