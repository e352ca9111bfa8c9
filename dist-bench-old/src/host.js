/** The name of this host's queue: one for each work directory, kept beside its data. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { HOST_QUEUE } from './domain/protocol.js';
import { makeDirectory, writeDurably } from './durable/write.js';
export async function hostQueue(paths) {
    const known = await readFile(paths.hostId, 'utf8').catch(() => '');
    if (HOST_QUEUE.test(known))
        return known;
    await makeDirectory(paths.side);
    await writeDurably(paths.hostId, `rookery@${randomBytes(4).toString('hex')}`, { exclusive: known === '' });
    return hostQueue(paths);
}
//# sourceMappingURL=host.js.map