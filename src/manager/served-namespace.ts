/**
 * Which namespace has written the files here, as the workers of the work directory note it. A command knows from it that
 * a task which Temporal does not have was deleted, and is not one of another server.
 */
import { readFile } from 'node:fs/promises';
import { makeDirectory, writeDurably } from '../files/atomic-write.js';
import type { Paths } from '../mirror/paths.js';
import { namespaceId } from '../server/namespace-id.js';
import type { TemporalClient } from '../server/temporal-client.js';

interface Served {
  /** Milliseconds since 1970: files that were written before are of a namespace that is not known. */
  readonly since: number;
  /** Ids, which are new with each database. */
  readonly namespaces: readonly string[];
}

interface Where {
  readonly client: TemporalClient;
  readonly paths: Pick<Paths, 'served' | 'side'>;
}

/** A worker serves the work directory for this namespace from now on. */
export async function noteServed({ client, paths }: Where): Promise<void> {
  const id = await namespaceId(client);
  const { since, namespaces } = (await read(paths)) ?? { since: Date.now(), namespaces: [] };
  if (id === undefined || namespaces.includes(id) || namespaces.length >= MOST) return;
  await makeDirectory(paths.side);
  await writeDurably(paths.served, JSON.stringify({ since, namespaces: [...namespaces, id] }));
}

/**
 * @returns since when all files here were written for the namespace of the client, in milliseconds since 1970; undefined:
 * not known, or there was another one too
 */
export async function servedSince({ client, paths }: Where): Promise<number | undefined> {
  const served = await read(paths);
  const [only, ...others] = served?.namespaces ?? [];
  if (!served || only === undefined || others.length > 0) return undefined;
  return (await namespaceId(client)) === only ? served.since : undefined;
}

// ---

/** A second one is enough to know that there was more than one. */
const MOST = 2;

async function read({ served }: Where['paths']): Promise<Served | undefined> {
  try {
    const { since, namespaces } = JSON.parse(await readFile(served, 'utf8')) as Partial<Served>;
    return typeof since === 'number' && Array.isArray(namespaces) ? { since, namespaces } : undefined;
  } catch {
    return undefined;
  }
}
