/** `rookery approve`: lets a call that waits run, as it was shown. */
import { RookeryError } from '../../domain/errors.js';
import { sendDecision } from '../approval-prompt.js';
import { connectManager } from '../connect.js';
import { each, printResults } from '../results.js';
import { openSession, type Verb } from '../session.js';

export const verb: Verb = async ([given = '', call], options) => {
  const anyArguments = options.anyArguments === true;
  if (anyArguments && options.always !== true) {
    throw new RookeryError('usage', '--any-arguments says which rule is remembered, and --always that one is', {
      hint: 'Give both, or neither',
    });
  }
  const always = options.always === true ? (anyArguments ? 'any' : 'same') : undefined;
  const session = await openSession(options);
  const { manager } = await connectManager(session);
  const results = await each(manager, [given], (id) =>
    sendDecision(session, manager, { id, call }, { decision: 'approve', always }),
  );
  return printResults(session.out, results);
};
