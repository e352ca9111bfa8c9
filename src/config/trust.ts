/**
 * Which project files the user trusts: `trusted.json` in the user's config directory, by path, with the hash of what was
 * trusted. The hash covers the file and the project files that it names to run or read: a change of any needs new
 * trust.
 */
import { createHash, type Hash, randomUUID } from 'node:crypto';
import { dirname, join, relative, resolve } from 'node:path';
import { makeDirectory, writeDurably } from '../files/atomic-write.js';
import { codeOf } from '../files/errors.js';
import { withLock } from '../files/file-lock.js';
import { readOwned, readRegular } from '../files/ownership.js';
import type { FileSettings } from './file-settings.js';

export type Trust = 'trusted' | 'changed' | 'unknown';

/** Throws RookeryError 'environment' when another user can write the store. An unreadable store trusts nothing. */
export function trustOf(configDirectory: string, path: string, fingerprint: string): Trust {
  const known = readStore(storeIn(configDirectory)).get(path);
  if (known === undefined) return 'unknown';
  return known === fingerprint ? 'trusted' : 'changed';
}

export async function trustFile(configDirectory: string, path: string, fingerprint: string): Promise<void> {
  const store = storeIn(configDirectory);
  await makeDirectory(configDirectory);
  await withLock(`${store}.lock`, async () => {
    // One state per file: a return to an older state is a change too.
    const files = Object.fromEntries([...readStore(store).set(path, fingerprint)].sort());
    await writeDurably(store, `${JSON.stringify({ files }, null, 2)}\n`);
  });
}

export function fingerprintOf(path: string, text: string, settings: FileSettings): string {
  const hash = createHash('sha256');
  add(hash, text);
  for (const file of filesNamedBy(settings, dirname(path))) add(hash, file, contentOf(file));
  return hash.digest('hex');
}

// ---

function storeIn(configDirectory: string): string {
  return join(configDirectory, 'trusted.json');
}

function readStore(file: string): Map<string, string> {
  const text = readOwned({ path: file, name: 'file of trusted projects' });
  const { files } = Object(text === undefined ? {} : parsed(text)) as { files?: unknown };
  return new Map(
    Object.entries(Object(files)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Prefixes each text with its length, so that different lists never hash alike. */
function add(hash: Hash, ...texts: readonly string[]): void {
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}\n`).update(text);
}

/** Only files of the project: installed programs change with every update. */
function filesNamedBy({ tools = [], system_prompt = '', mcp = {} }: FileSettings, directory: string): string[] {
  const named = [
    ...tools,
    ...(system_prompt.startsWith('@') ? [system_prompt.slice(1)] : []),
    ...Object.values(mcp).flatMap(({ command = '', args = [] }) => [command, ...args]),
  ];
  return named
    .map((name) => resolve(directory, name))
    .filter((path) => path !== directory && !/^\.\.(\/|$)/.test(relative(directory, path)));
}

/** Missing files and directories have fixed values. An unreadable file never hashes alike: it cannot be trusted. */
function contentOf(path: string): string {
  try {
    return readRegular(path)?.text ?? 'missing';
  } catch (error) {
    return codeOf(error) === 'EISDIR' ? 'a directory' : randomUUID();
  }
}
