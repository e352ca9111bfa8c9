/**
 * The cache of Temporal CLIs: `<cache>/temporal-cli/<version>/temporal`.
 * A file appears there by one rename, complete and tested: safe against a kill and a concurrent installation.
 */

import { chmod, mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOwnedDirectory } from '../files/ownership.js';
import { cliVersion } from './cli-version.js';
import type { SourceContext, TemporalCli } from './source.js';

const ABANDONED_AFTER_MS = 60 * 60 * 1000;
const TEMPORARY_PREFIX = '.install-';

export function cliCache(cacheDirectory: string): string {
  return join(cacheDirectory, 'temporal-cli');
}

export function cachedCli(cacheDirectory: string, version: string): string {
  return join(cliCache(cacheDirectory), version, 'temporal');
}

/** Gives `fetch` an empty directory on the cache's file system, and installs the binary whose path it returns. */
export async function install(
  context: SourceContext,
  fetch: (directory: string) => Promise<string>,
): Promise<Omit<TemporalCli, 'origin'>> {
  const cache = cliCache(context.cacheDirectory);
  await mkdir(cache, { recursive: true, mode: 0o700 });
  checkOwnedDirectory({ path: cache, name: 'cache of Temporal CLIs' });
  await removeAbandoned(cache);
  const directory = await mkdtemp(join(cache, TEMPORARY_PREFIX));
  try {
    const binary = await fetch(directory);
    await chmod(binary, 0o755);
    const version = await cliVersion(context.run, binary);
    await flush(binary);
    const path = cachedCli(context.cacheDirectory, version);
    await mkdir(join(cache, version), { recursive: true });
    await rename(binary, path);
    return { path, version };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Age from which a leftover of a killed installation is removed; a running one is younger. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(TEMPORARY_PREFIX)) continue;
    const path = join(cache, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
}
