/** Projects in which the tarball is installed, from npm's registry or its cache. */
import { cpSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Connection } from '@temporalio/client';
import { inject, type TestContext } from 'vitest';
import { makeNamespace } from '../support/namespaces.js';
import { type Ended, type Packed, pack, runIn } from './npm.js';

export interface Project {
  readonly directory: string;
  /** Why it could not be installed: there is no registry, and the cache of npm has not all of it. */
  readonly unavailable: string | undefined;
  /** On the server of the tests, in a namespace of its own; the folder is one of the project. */
  run(folder: string, line: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
  remove(): Promise<void>;
}

export interface Wanted {
  readonly dependencies?: Readonly<Record<string, string>>;
  /** Folders that are copied into it, each a package of its own with its own dependencies. */
  readonly workspaces?: readonly string[];
  /** Folders that are copied into it. */
  readonly folders?: readonly string[];
  /** Default: the npm of the PATH. */
  readonly npm?: readonly string[];
}

const UNAVAILABLE = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)\b/;
const INSTALL = ['install', '--prefer-offline', '--engine-strict', '--no-audit', '--no-fund', '--fetch-retries=1'];

/** Throws for an installation that fails for another reason than a missing registry. */
export async function installProject(wanted: Wanted): Promise<Project> {
  const { dependencies = {}, workspaces = [], folders = [], npm = ['npm'] } = wanted;
  const directory = await mkdtemp(join(tmpdir(), 'rookery-project-'));
  const tarball = await pack();
  await copyTarball(tarball, directory);
  for (const folder of [...workspaces, ...folders]) cpSync(folder, join(directory, folder), { recursive: true });
  const own = { rookery: `file:${basename(tarball.file)}`, ...dependencies };
  const manifest = { name: 'empty-project', private: true, workspaces, dependencies: workspaces.length > 0 ? {} : own };
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
  const unavailable = reasonIn(await runIn(directory, [...npm, ...INSTALL]));
  return { directory, unavailable, run: await runnerOf(directory), remove: () => removed(directory) };
}

/** As `npm i -g` does it, into a prefix of its own. */
export async function installGlobally(): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), 'rookery-global-'));
  await mkdir(join(directory, 'home'));
  const tarball = await pack();
  await copyTarball(tarball, directory);
  const line = ['npm', ...INSTALL, '--global', '--prefix', directory, join(directory, basename(tarball.file))];
  const unavailable = reasonIn(await runIn(directory, line));
  return { directory, unavailable, run: await runnerOf(directory), remove: () => removed(directory) };
}

/** Skips a test of a project that could not be installed, and says why. */
export function skipWithout(project: Project, { skip }: TestContext): void {
  if (project.unavailable !== undefined) skip(project.unavailable);
}

// ---

async function copyTarball(tarball: Packed, directory: string): Promise<void> {
  await copyFile(tarball.file, join(directory, basename(tarball.file)));
  await tarball.remove();
}

function reasonIn({ code, stdout, stderr }: Ended): string | undefined {
  if (code === 0) return undefined;
  const reason = UNAVAILABLE.exec(stderr)?.[0];
  if (reason === undefined) throw new Error(`npm install failed: ${stderr}${stdout}`);
  console.log(`The packed package was not installed: npm's registry cannot be reached (${reason})`);
  return `npm's registry cannot be reached (${reason})`;
}

async function runnerOf(directory: string): Promise<Project['run']> {
  const { address } = inject('temporal');
  const connection = await Connection.connect({ address });
  const namespace = await makeNamespace(connection);
  await connection.close();
  return (folder, line, env) =>
    runIn(join(directory, folder), line, { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, ...env });
}

function removed(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true, maxRetries: 3 });
}
