/** `rookery worker`: runs a worker here, for the embedded server or a cluster. */
import { EXIT } from '../exit.js';
import { awaitServer, reachServer } from '../reach.js';
import { serve } from '../serve.js';
import { openSession } from '../session.js';
export const verb = async (_words, options) => {
    const session = await openSession(options);
    const server = await (options.awaitServer === true ? awaitServer(session) : reachServer(session));
    await serve(session, server, options.acceptUnsigned === true);
    return EXIT.done;
};
//# sourceMappingURL=worker.js.map