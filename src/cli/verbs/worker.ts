/** `rookery worker`: runs a worker here, for the embedded server or a cluster. */
import { EXIT } from '../exit.js';
import { reachServer } from '../reach.js';
import { serve } from '../serve.js';
import { openSession } from '../session.js';
import type { Verb } from '../verb.js';

export const verb: Verb = async (_words, options) => {
  const session = await openSession(options);
  await serve(session, await reachServer(session), options.acceptUnsigned === true);
  return EXIT.done;
};
