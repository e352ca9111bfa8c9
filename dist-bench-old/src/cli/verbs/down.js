/** `rookery down`: stops worker and server. Nothing is lost: tasks go on at the next `up`. */
import { stopServer } from '../../server/embedded.js';
import { EXIT } from '../exit.js';
import { openSession } from '../session.js';
import { stopWorkerProcess } from '../worker-process.js';
const NOTICE_MS = 1_500;
export const verb = async (_words, options) => {
    const { out, paths } = await openSession(options);
    const notice = setTimeout(() => out.tell('The worker finishes what it is doing; that may take 30 s.'), NOTICE_MS);
    const worker = await stopWorkerProcess(paths).finally(() => clearTimeout(notice));
    const server = await stopServer(paths.workdir);
    const stopped = [worker ? 'worker' : '', server ? 'server' : ''].filter(Boolean).join(' and ');
    if (out.json)
        out.value({ worker, server });
    else
        out.line(stopped ? `stopped ${stopped}; tasks go on at the next \`rookery up\`` : 'nothing was running');
    return EXIT.done;
};
//# sourceMappingURL=down.js.map