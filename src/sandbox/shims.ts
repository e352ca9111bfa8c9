/**
 * A version manager puts shims into the PATH: small programs that look into a home to find the real one, which they
 * cannot in the sandbox. Here the PATH gets the directories instead to which the shims lead. Reads the files of the
 * managers and runs none of their programs.
 */
import { constants } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isDirectory } from '../files/is-directory.js';
import { isWithin } from '../files/paths.js';

export interface ShimPlace {
  /** Real paths; entries elsewhere are visible anyway and stay unchanged. */
  readonly homes: readonly string[];
  /** Where the command runs: its project may name a version. */
  readonly cwd: string;
  readonly home: string;
  /** PATH entries inside it are visible anyway, and could be untrusted links. */
  readonly workspace: string;
  /** Of the worker: it may choose a version. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** `path` is a PATH; directories that are links are replaced by what they lead to. */
export async function withoutShims(path: string, place: ShimPlace): Promise<string> {
  const entries = await Promise.all([...new Set(path.split(':'))].map((entry) => resolveEntry(entry, place)));
  return [...new Set(entries.flat())].join(':');
}

// ---

async function resolveEntry(entry: string, place: ShimPlace): Promise<readonly string[]> {
  const isOutsideWorkspace = entry.startsWith('/') && !isWithin(place.workspace, entry);
  const real = isOutsideWorkspace ? await realpath(entry).catch(() => undefined) : undefined;
  if (real === undefined || !place.homes.some((home) => real.startsWith(`${home}/`))) return [entry];
  const root = dirname(real);
  if (basename(real) === 'shims' && (await isDirectory(join(root, 'installs')))) return asdfPaths(root, place);
  if (basename(real) === 'shims' && (await isDirectory(join(root, 'versions')))) return pyenvPaths(root, place);
  const toolchain = await rustToolchain(real, place);
  return toolchain === undefined ? [real] : [toolchain, real];
}

/** pyenv, rbenv, nodenv, goenv and their like. Without a version the system's own program is meant. */
async function pyenvPaths(root: string, { cwd, env = {} }: ShimPlace): Promise<string[]> {
  const language = LANGUAGES[basename(root).replace(/^\./, '')];
  const ofProject = language === undefined ? undefined : await findUpwards(cwd, [`.${language}-version`]);
  const chosen = language === 'python' ? env.PYENV_VERSION?.replaceAll(':', ' ') : undefined;
  const text = chosen ?? ofProject ?? (await textOf(join(root, 'version'))) ?? '';
  const names = text.split(/\s+/).filter(isVersion);
  const all = await readdir(join(root, 'versions')).catch((): string[] => []);
  const paths = names.map((name) => join(root, 'versions', all.includes(name) ? name : newest(all, name), 'bin'));
  return existingWithin(root, paths);
}

const LANGUAGES: Readonly<Record<string, string>> = {
  pyenv: 'python',
  rbenv: 'ruby',
  nodenv: 'node',
  goenv: 'go',
  plenv: 'perl',
};

/** asdf and mise: a directory for each tool, and in it one for each version. */
async function asdfPaths(root: string, { cwd, home }: ShimPlace): Promise<string[]> {
  const wanted = new Map<string, string>();
  const texts = [
    await textOf(join(home, '.config/mise/config.toml')),
    await textOf(join(home, '.tool-versions')),
    await findUpwards(cwd, ['mise.toml', '.mise.toml']),
    await findUpwards(cwd, ['.tool-versions']),
  ];
  for (const text of texts) for (const [tool, version] of versionsIn(text ?? '')) wanted.set(tool, version);
  const tools = await readdir(join(root, 'installs')).catch((): string[] => []);
  const paths = await Promise.all(
    tools.map(async (tool) => {
      const all = await readdir(join(root, 'installs', tool)).catch((): string[] => []);
      const name = wanted.get(tool) ?? wanted.get(tool.replace(/js$/, '')) ?? '';
      return join(root, 'installs', tool, all.includes(name) ? name : newest(all, name), 'bin');
    }),
  );
  return existingWithin(root, paths);
}

/** Lines `node 22.1.0` of .tool-versions, and `node = "22"` of mise's [tools]. */
function versionsIn(text: string): [tool: string, version: string][] {
  const toml = /^\[tools\]\s*$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(text)?.[1];
  const pattern = toml === undefined ? /^([\w-]+)[ \t]+(\S+)/gm : /^"?([\w-]+)"?\s*=\s*\[?\s*["']([^"']+)["']/gm;
  return [...(toml ?? text).matchAll(pattern)].flatMap(([, tool = '', version = '']) =>
    isVersion(version) ? [[tool, version] as [string, string]] : [],
  );
}

/** The programs next to rustup link to it; a toolchain holds the real ones. */
async function rustToolchain(bin: string, { cwd, home, env = {} }: ShimPlace): Promise<string | undefined> {
  const names = await readdir(bin).catch((): string[] => []);
  if (!names.includes('rustup') || !names.includes('cargo')) return undefined;
  const root = env.RUSTUP_HOME ?? join(home, '.rustup');
  const ofProject = await findUpwards(cwd, ['rust-toolchain', 'rust-toolchain.toml']);
  const settings = (await textOf(join(root, 'settings.toml'))) ?? '';
  const defaultChannel = /^default_toolchain\s*=\s*"([^"]+)"/m.exec(settings)?.[1] ?? '';
  const named = /^\s*channel\s*=\s*"([^"]+)"/m.exec(ofProject ?? '')?.[1] ?? ofProject?.trim();
  const wanted = env.RUSTUP_TOOLCHAIN ?? named ?? defaultChannel;
  const all = await readdir(join(root, 'toolchains')).catch((): string[] => []);
  const name = [wanted, defaultChannel].flatMap((one) =>
    all.filter((known) => known === one || known.startsWith(`${one}-`)),
  )[0];
  if (name === undefined || wanted === '') return undefined;
  return (await existingWithin(root, [join(root, 'toolchains', name, 'bin')]))[0];
}

/** A name within its directory, whatever a project's file holds. */
function isVersion(text: string): boolean {
  return /^[\w][\w.+-]*$/.test(text) && text !== 'system';
}

/** The highest version that begins with the requested one. */
function newest(all: readonly string[], wanted: string): string {
  const candidates = all.filter((name) => isVersion(name) && (wanted === '' || name.startsWith(wanted)));
  return [...candidates].sort((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1) ?? wanted;
}

/** Those that exist and do not lead out of the manager's own directory. */
async function existingWithin(root: string, paths: readonly string[]): Promise<string[]> {
  const realRoot = await realpath(root).catch(() => root);
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined)));
  return real.filter((path) => path !== undefined && isWithin(realRoot, path)) as string[];
}

async function findUpwards(start: string, names: readonly string[]): Promise<string | undefined> {
  for (let at = start; ; at = dirname(at)) {
    for (const name of names) {
      const text = await textOf(join(at, name));
      if (text !== undefined) return text;
    }
    if (dirname(at) === at) return undefined;
  }
}

const MAX_BYTES = 16 * 1024;

/** A workspace may hold a pipe or a device of that name: neither is waited for. */
async function textOf(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MAX_BYTES), position: 0 });
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
