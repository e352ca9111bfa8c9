/** `rookery cancel`: returns when the tasks are cancelled and their tools are dead. */

import { connectManager } from '../connect.js';
import { leaving } from '../detach.js';
import { each, printResults } from '../results.js';
import { openSession, type Verb } from '../session.js';

export const verb: Verb = async (ids, options) => {
  const session = await openSession(options);
  const left = leaving(options.timeout);
  try {
    const { manager } = await connectManager(session);
    const results = await each(manager, ids, (id) => manager.cancel(id, left.signal));
    const code = left.code();
    if (code === undefined) return printResults(session.out, results);
    session.out.tell('Detached; cancellation is still in progress.');
    return code;
  } finally {
    left.release();
  }
};
