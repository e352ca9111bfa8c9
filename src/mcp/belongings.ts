/**
 * What of a home or of temporary files belongs to one program: its package with the libraries of it, its virtual
 * environment, its toolchain, or nothing but the file. Never the directory that it happens to lie in, and no
 * credentials.
 */
import { access, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isCredential } from '../domain/credentials.js';
import { isDirectory } from '../files/is-directory.js';
import { holdsTooMuch } from '../sandbox/hidden-roots.js';
import { toolchainRoot } from '../sandbox/mounts.js';
import type { VisiblePath } from '../sandbox/sandbox.js';

/** `file`: absolute. Paths to be shown, the file among them or in one of them. */
export async function pathsOfProgram(file: string, home: string): Promise<string[]> {
  const libraries = await librariesAround(file, home);
  const library = libraries.find((path) => file.startsWith(`${path}/`));
  if (library !== undefined) return [library];
  const environment = dirname(dirname(file));
  if ((await exists(join(environment, 'pyvenv.cfg'))) && !holdsTooMuch(environment, home)) return [environment];
  const toolchain = await toolchainRoot(dirname(file), home);
  if (toolchain !== dirname(file) && !holdsTooMuch(toolchain, home)) return [toolchain];
  const root = await packageAround(file, home);
  return [root ?? file, ...libraries.filter((path) => root === undefined || !path.startsWith(`${root}/`))];
}

/** @returns undefined when it is too large to exclude that credentials are shown with it. */
export async function withoutCredentials(path: string): Promise<VisiblePath | undefined> {
  if (!(await isDirectory(path))) return { path, without: [] };
  const without: string[] = [];
  const pending = [path];
  for (let count = 0; pending.length > 0; count++) {
    if (count > MAX_DIRECTORIES) return undefined;
    const directory = pending.pop() as string;
    for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
      const entryPath = join(directory, entry.name);
      if (entry.isSymbolicLink()) continue;
      // The settings of a repository may hold the password of its origin.
      if (entry.name === '.git' || isCredential(entryPath)) without.push(entryPath);
      else if (entry.isDirectory() && !LIBRARIES.test(entry.name)) pending.push(entryPath);
    }
  }
  return { path, without };
}

// ---

const MAX_DIRECTORIES = 20_000;
/** Made by package managers, not by people. */
const LIBRARIES = /^(node_modules|site-packages)$/;
const PACKAGE_FILES: readonly string[] = ['package.json', 'pyproject.toml'];

/** Where Node looks for libraries of the file; the one that holds it comes first and is the outermost. */
async function librariesAround(file: string, home: string): Promise<string[]> {
  const found: string[] = [];
  for (let at = dirname(file); !isTop(at); at = dirname(at)) {
    if (basename(at) === 'node_modules') found.unshift(at);
    else if (await isDirectory(join(at, 'node_modules'))) found.push(join(at, 'node_modules'));
    if (at === home) break;
  }
  return found;
}

async function packageAround(file: string, home: string): Promise<string | undefined> {
  for (let at = dirname(file); !holdsTooMuch(at, home); at = dirname(at)) {
    for (const packageFile of PACKAGE_FILES) if (await exists(join(at, packageFile))) return at;
  }
  return undefined;
}

function isTop(path: string): boolean {
  return dirname(path) === path;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
