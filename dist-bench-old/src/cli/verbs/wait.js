/** `rookery wait`: waits for the end of tasks. */
import { leaving, tellLeft } from '../leaving.js';
import { reach } from '../reach.js';
import { each, printResults } from '../results.js';
import { openSession } from '../session.js';
export const verb = async (ids, options) => {
    const session = await openSession(options);
    const left = leaving(options.timeout);
    try {
        const { manager } = await reach(session);
        const keepWaiting = options.keepWaiting === true;
        const results = await each(manager, ids, (id) => manager.wait(id, { signal: left.signal, keepWaiting }));
        const code = left.code();
        if (code === undefined)
            return printResults(session.out, results);
        tellLeft(session.out, code, ids);
        return code;
    }
    finally {
        left.release();
    }
};
//# sourceMappingURL=wait.js.map