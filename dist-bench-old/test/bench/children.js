/** Processes of the benchmark: the model and the peers' workers. Each ends with the channel to its parent. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
/** `module` beside this file; resolves when it has said something. */
export async function startChild(module, args = []) {
    const path = fileURLToPath(new URL(module, import.meta.url));
    const child = fork(path, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const ended = once(child, 'exit');
    const [said] = await Promise.race([
        once(child, 'message'),
        ended.then(([code]) => Promise.reject(new Error(`${module} ended with ${code} before it was ready`))),
    ]);
    return {
        pid: child.pid,
        process: child,
        said,
        kill: async () => {
            child.kill('SIGKILL');
            await ended;
        },
    };
}
export async function seenBy(worker) {
    worker.process.send('seen');
    const [seen] = (await once(worker.process, 'message'));
    return seen;
}
export async function startModel() {
    const child = await startChild('./model-main.js');
    const { url } = child.said;
    return {
        url,
        async times(model) {
            child.process.send(model);
            for (;;) {
                const [answer] = (await once(child.process, 'message'));
                if (answer.model === model)
                    return answer.times;
            }
        },
        close: child.kill,
    };
}
//# sourceMappingURL=children.js.map