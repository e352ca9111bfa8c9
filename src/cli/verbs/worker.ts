/** `rookery worker`: runs a worker here, for the embedded server or a cluster. */

import { awaitServer, reachServer } from '../connect.js';
import { EXIT } from '../exit.js';
import { serve } from '../serve.js';
import { openSession, type Verb } from '../session.js';

export const verb: Verb = async (_words, options) => {
  const session = await openSession(options);
  const server = await (options.awaitServer === true ? awaitServer(session) : reachServer(session));
  await serve(session, server, options.acceptUnsigned === true);
  return EXIT.done;
};
