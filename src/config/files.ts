/**
 * Reads the two TOML files: the project's `rookery.toml`, from the current directory only (never a parent), and the
 * user's `config.toml`. `untrusted.ts` decides what applies from the project's file: it may come with an untrusted
 * repository.
 */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { codeOf, fileProblem } from '../files/errors.js';
import { checkOwned, checkOwnedDirectory, type RegularFile, readRegular } from '../files/ownership.js';
import type { FileSettings } from './file-settings.js';
import type { Trust } from './trust.js';

export interface ConfigFile {
  readonly path: string;
  readonly settings: FileSettings;
}

export interface ProjectFile extends ConfigFile {
  readonly trust: Trust;
  /** It and its directory belong to this user. */
  readonly isOwn: boolean;
}

const MAX_BYTES = 256 * 1024;

/** Throws RookeryError 'environment' when another user owns it or its directory, or can write them. */
export async function readUserFile(configDirectory: string): Promise<ConfigFile | undefined> {
  checkOwnedDirectory({ path: configDirectory, name: 'directory of your settings' });
  const path = join(configDirectory, 'config.toml');
  const found = readIfThere(path);
  if (!found) return undefined;
  checkOwned(found.stats, { path, name: 'file of your settings' });
  return { path, settings: await settingsIn(path, found.text) };
}

export async function readProjectFile(directory: string, configDirectory: string): Promise<ProjectFile | undefined> {
  const path = resolve(directory, 'rookery.toml');
  const found = readIfThere(path);
  if (!found) return undefined;
  const settings = await settingsIn(path, found.text);
  const { fingerprintOf, trustOf } = await import('./trust.js');
  const trust = trustOf(configDirectory, path, fingerprintOf(path, found.text, settings));
  return { path, settings, trust, isOwn: [found.stats, statSync(directory)].every(({ uid }) => uid === ownId()) };
}

/** Trusts the project's file as it is now. Any later change needs new trust. */
export async function trustProjectFile(directory: string, configDirectory: string): Promise<string> {
  const path = resolve(directory, 'rookery.toml');
  const found = readIfThere(path);
  if (!found) throw new RookeryError('not_found', `There is no ${path} to trust`);
  const settings = await settingsIn(path, found.text);
  const { fingerprintOf, trustFile } = await import('./trust.js');
  await trustFile(configDirectory, path, fingerprintOf(path, found.text, settings));
  return path;
}

// ---

function readIfThere(path: string): RegularFile | undefined {
  try {
    return readRegular(path, MAX_BYTES);
  } catch (error) {
    // A directory of that name is a sandbox's placeholder: it prevents such a file while a command runs.
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw new RookeryError('usage', `The config file ${path} cannot be read: ${fileProblem(error)}`, { cause: error });
  }
}

async function settingsIn(path: string, text: string): Promise<FileSettings> {
  const { parseFile } = await import('./file-settings.js');
  return parseFile(path, text);
}

function ownId(): number {
  return process.geteuid?.() ?? 0;
}
