/**
 * The packages of a peer, installed on demand: in a directory of the user's cache, one for each set of versions, so that the
 * repository does not depend on them. Installed once, by npm, with the compiled parts that the table names.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Load, Packages } from './system.js';

/** Everything that is installed beside the repository, in one place. */
export const VERSIONS = {
  dbos: { '@dbos-inc/dbos-sdk': '5.3.0', pg: '8.23.1' },
  restate: { '@restatedev/restate-sdk': '1.17.2', '@restatedev/restate-server': '1.7.12' },
  langgraph: {
    '@langchain/langgraph': '1.7.3',
    '@langchain/langgraph-checkpoint-sqlite': '1.0.4',
    '@langchain/core': '1.4.0',
  },
} as const satisfies Readonly<Record<string, Packages>>;

/** Whose install scripts may run: a binding that is compiled, and not a counter of downloads. */
const SCRIPTS = { 'better-sqlite3': true, '@scarf/scarf': false };
const LIMIT_MS = 600_000;

/** The directory of the installed packages. Throws with the last words of npm where they cannot be installed. */
export async function installed(name: string, packages: Packages): Promise<string> {
  const versions = Object.values(packages).join('-');
  const directory = join(cache(), [name, versions].filter(Boolean).join('-'));
  if (existsSync(directory)) return directory;
  const fresh = `${directory}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  const manifest = { private: true, type: 'module', dependencies: packages, allowScripts: SCRIPTS };
  await writeFile(join(fresh, 'package.json'), JSON.stringify(manifest));
  // Resolves from here, whatever the conditions of a package's exports.
  await writeFile(join(fresh, 'load.js'), 'export const load = (name) => import(name);\n');
  if (Object.keys(packages).length > 0) await npmInstall(fresh);
  await rename(fresh, directory);
  return directory;
}

export async function loaderOf(directory: string): Promise<Load> {
  const { load } = (await import(pathToFileURL(join(directory, 'load.js')).href)) as { load: Load };
  return load;
}

// ---

function cache(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rookery-bench');
}

function npmInstall(cwd: string): Promise<void> {
  const env = { ...process.env, SCARF_ANALYTICS: 'false' };
  const child = spawn('npm', ['install', '--no-audit', '--no-fund', '--no-progress'], {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LIMIT_MS,
  });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => {
    said = `${said}${piece}`.slice(-1_000);
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      const last = said.trim().split('\n').slice(0, 2).join(' ');
      if (code === 0) done();
      else fail(new Error(`npm install ended with ${code}: ${last}`));
    });
  });
}
