/** The name of this host: one per work directory, stored with its data. The host queues are named after it. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { TASK_QUEUE } from '../domain/protocol.js';
import { HOST_NAME } from '../domain/worker-names.js';
import { makeDirectory, writeDurably } from '../files/atomic-write.js';
import type { Paths } from './paths.js';

export async function hostName(paths: Paths): Promise<string> {
  const known = await readFile(paths.hostId, 'utf8').catch(() => '');
  if (HOST_NAME.test(known)) return known;
  await makeDirectory(paths.side);
  await writeDurably(paths.hostId, `${TASK_QUEUE}@${randomBytes(4).toString('hex')}`, { exclusive: known === '' });
  return hostName(paths);
}
