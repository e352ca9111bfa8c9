/** `rookery wait`: waits for the end of tasks. */

import { connectManager } from '../connect.js';
import { leaving, tellLeft } from '../detach.js';
import { each, printResults } from '../results.js';
import { openSession, type Verb } from '../session.js';

export const verb: Verb = async (ids, options) => {
  const session = await openSession(options);
  const left = leaving(options.timeout);
  try {
    const { manager } = await connectManager(session);
    const keepWaiting = options.keepWaiting === true;
    const results = await each(manager, ids, (id) => manager.wait(id, { signal: left.signal, keepWaiting }));
    const code = left.code();
    if (code === undefined) return printResults(session.out, results);
    tellLeft(session.out, code, ids);
    return code;
  } finally {
    left.release();
  }
};
