/**
 * Packages of MCP servers, fetched once outside of the sandbox because a person said so, and started in it read-only:
 * `<workdir>/mcp-packages/NAME.json` says which version lies in which directory next to it.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, constants, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import type { StdioServer } from '../domain/mcp.js';
import { makeDirectory, writeDurably } from '../files/atomic-write.js';
import { type PackageLine, packageLine, packageName } from './package-line.js';
import { cleanLine } from './result.js';

export type Installed = z.infer<typeof recordSchema>;

export interface InstallOptions {
  readonly workdir: string;
  /** Of the person: the manager finds its own settings there. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @returns undefined when nothing was installed for this exact line. */
export async function installedFor(workdir: string, { name }: StdioServer, line: PackageLine) {
  const text = await readFile(recordOf(workdir, name), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = recordSchema.safeParse(jsonOf(text));
  if (!parsed.success || parsed.data.spec !== line.spec || parsed.data.manager !== line.manager) return undefined;
  const isThere = await access(parsed.data.program, constants.X_OK).then(
    () => true,
    () => false,
  );
  return isThere ? parsed.data : undefined;
}

/** Fetches the newest version that the line asks for. No script of a package runs. Throws RookeryError. */
export async function installPackage(server: StdioServer, { workdir, env }: InstallOptions): Promise<Installed> {
  const line = packageLine(server);
  if (line === undefined) {
    throw new RookeryError(
      'usage',
      `The MCP server ${server.name} is started by '${server.command}': nothing to install`,
      {
        hint: 'A line `npx -y PACKAGE` or `uvx PACKAGE`, with a name of a registry, is what can be installed',
      },
    );
  }
  const packages = join(workdir, 'mcp-packages');
  await makeDirectory(packages);
  const directory = join(await realpath(packages), `${server.name}-${randomBytes(4).toString('hex')}`);
  await makeDirectory(directory);
  try {
    const found = line.manager === 'npm' ? await fromNpm(line, directory, env) : await fromUv(line, directory, env);
    const installed = { manager: line.manager, spec: line.spec, directory, ...found };
    await writeDurably(recordOf(workdir, server.name), `${JSON.stringify(installed, null, 2)}\n`);
    await removeOthers(packages, server.name, directory);
    return installed;
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

// ---

const recordSchema = z.strictObject({
  manager: z.enum(['npm', 'uv']),
  spec: z.string(),
  package: z.string(),
  version: z.string(),
  directory: z.string(),
  program: z.string(),
});
type Found = Pick<Installed, 'package' | 'version' | 'program'>;

const FETCH_MS = 5 * 60_000;

function recordOf(workdir: string, name: string): string {
  return join(workdir, 'mcp-packages', `${name}.json`);
}

/** In a separate directory, so that no project's settings choose the registry. */
async function fromNpm(line: PackageLine, directory: string, env: InstallOptions['env']): Promise<Found> {
  await writeFile(join(directory, 'package.json'), '{"private": true}\n');
  const options = ['--ignore-scripts', '--save-exact', '--no-audit', '--no-fund', '--loglevel=error'];
  await fetching('npm', ['install', ...options, '--prefix', directory, '--', line.spec], { cwd: directory, env });
  const name = packageName(line.spec);
  const about = jsonOf(await readFile(join(directory, 'node_modules', name, 'package.json'), 'utf8'));
  const { version, bin } = manifestSchema.parse(about);
  const names = typeof bin === 'string' ? [basename(name)] : Object.keys(bin ?? {});
  return { package: name, version, program: join(directory, 'node_modules', '.bin', chosen(line, name, names)) };
}

const manifestSchema = z.object({
  version: z.string(),
  bin: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
});

/** Only what is built already: to build a package means to run it. */
async function fromUv(line: PackageLine, directory: string, env: InstallOptions['env']): Promise<Found> {
  const own = { UV_TOOL_DIR: join(directory, 'tools'), UV_TOOL_BIN_DIR: join(directory, 'bin'), UV_NO_BUILD: '1' };
  const options = { cwd: directory, env: { ...env, ...own } };
  await fetching('uv', ['tool', 'install', '--quiet', '--no-config', '--', line.spec], options);
  const [name = ''] = await readdir(own.UV_TOOL_DIR).then((names) => names.filter((one) => !one.startsWith('.')));
  const programs = await readdir(own.UV_TOOL_BIN_DIR);
  const listed = await fetching('uv', ['tool', 'list', '--no-config'], options);
  const version = /^\S+ v(\S+)/m.exec(listed)?.[1] ?? 'unknown';
  return { package: name, version, program: join(own.UV_TOOL_BIN_DIR, chosen(line, name, programs)) };
}

function chosen(line: PackageLine, name: string, programs: readonly string[]): string {
  const program = line.program ?? (programs.length === 1 ? programs[0] : basename(name));
  if (program !== undefined && programs.includes(program)) return program;
  throw new RookeryError('environment', `The package ${name} has no program '${program}'`, {
    hint: `It has: ${programs.join(', ') || 'none'}`,
  });
}

async function fetching(
  program: 'npm' | 'uv',
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: InstallOptions['env'] },
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd, env, timeout: FETCH_MS, encoding: 'utf8' });
    return stdout;
  } catch (error) {
    const { code, stderr = '' } = Object(error) as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new RookeryError('environment', `There is no ${program} in the PATH`);
    const said =
      stderr
        .trim()
        .split('\n')
        .find((line) => /error/i.test(line)) ?? sentenceOf(error);
    throw new RookeryError('environment', `${program} could not install the package: ${cleanLine(said, 300)}`);
  }
}

async function removeOthers(packages: string, name: string, kept: string): Promise<void> {
  const mine = (await readdir(packages)).filter(
    (one) => one.replace(/-[0-9a-f]{8}$/, '') === name && one !== basename(kept),
  );
  await Promise.all(mine.map((one) => rm(join(packages, one), { recursive: true, force: true })));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
