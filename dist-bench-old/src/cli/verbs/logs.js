/** `rookery logs`: the server's and the worker's log. */
import { unwatchFile, watchFile } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '../exit.js';
import { leaving } from '../leaving.js';
import { openSession } from '../session.js';
const NAMES = ['server', 'worker'];
const TAIL_BYTES = 64 * 1024;
export const verb = async (_words, options) => {
    const { out, paths } = await openSession(options);
    const readers = NAMES.map((name) => new LogReader(join(paths.logs, `${name}.log`), (line) => out.line(`${name}: ${line}`)));
    for (const reader of readers)
        await reader.read();
    if (options.follow !== true)
        return EXIT.done;
    const left = leaving(undefined);
    for (const reader of readers)
        reader.watch();
    await new Promise((resolve) => left.signal.addEventListener('abort', resolve));
    for (const reader of readers)
        reader.stop();
    return EXIT.done;
};
class LogReader {
    path;
    onLine;
    #at = -1;
    constructor(path, onLine) {
        this.path = path;
        this.onLine = onLine;
    }
    /** What is new; at first the end of the file. A rotated log begins anew. */
    async read() {
        const size = await stat(this.path).then((found) => found.size, () => 0);
        if (this.#at < 0)
            this.#at = Math.max(0, size - TAIL_BYTES);
        if (size < this.#at)
            this.#at = 0;
        if (size === this.#at)
            return;
        const file = await open(this.path);
        try {
            const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - this.#at), position: this.#at });
            this.#at += bytesRead;
            for (const line of buffer.subarray(0, bytesRead).toString('utf8').split('\n').filter(Boolean))
                this.onLine(line);
        }
        finally {
            await file.close();
        }
    }
    watch() {
        watchFile(this.path, { interval: 300 }, () => void this.read());
    }
    stop() {
        unwatchFile(this.path);
    }
}
//# sourceMappingURL=logs.js.map