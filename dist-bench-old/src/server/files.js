/** Where the embedded server keeps its things beneath the work directory. Names only. */
import { join, resolve } from 'node:path';
export function serverFiles(workdir) {
    const root = resolve(workdir);
    const directory = join(root, 'server');
    const logs = join(root, 'logs');
    return {
        workdir: root,
        directory,
        database: join(directory, 'temporal.db'),
        version: join(directory, 'version'),
        state: join(directory, 'state.json'),
        pid: join(directory, 'pid'),
        lock: join(directory, 'lock'),
        logs,
        log: join(logs, 'server.log'),
    };
}
//# sourceMappingURL=files.js.map