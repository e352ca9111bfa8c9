/** The name of this host's queue: one per work directory, stored with its data. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { HOST_QUEUE } from '../domain/protocol.js';
import { makeDirectory, writeDurably } from '../files/atomic-write.js';
import type { Paths } from './paths.js';

export async function hostQueue(paths: Paths): Promise<string> {
  const known = await readFile(paths.hostId, 'utf8').catch(() => '');
  if (HOST_QUEUE.test(known)) return known;
  await makeDirectory(paths.side);
  await writeDurably(paths.hostId, `rookery@${randomBytes(4).toString('hex')}`, { exclusive: known === '' });
  return hostQueue(paths);
}
