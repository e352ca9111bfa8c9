/** `rookery deny`: a call that waits does not run; the model is told, with the reason. */
import { sendDecision } from '../approval-prompt.js';
import { connectManager } from '../connect.js';
import { each, printResults } from '../results.js';
import { openSession, type Verb } from '../session.js';

export const verb: Verb = async ([given = '', call], options) => {
  const session = await openSession(options);
  const { manager } = await connectManager(session);
  const reason = typeof options.reason === 'string' ? options.reason : undefined;
  const results = await each(manager, [given], (id) =>
    sendDecision(session, manager, { id, call }, { decision: 'deny', reason }),
  );
  return printResults(session.out, results);
};
