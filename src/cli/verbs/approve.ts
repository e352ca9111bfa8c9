/** `rookery approve`: approves a waiting call, as it was shown. */
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { sendDecision } from '../approval-prompt.js';
import { connectManager } from '../connect.js';
import type { ExitCode } from '../exit.js';
import { forEachId, printResults } from '../results.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<id> [call]',
  help: 'Approves a call of a task. The call may be omitted when only one is waiting.',
  options: [
    new Option('--always', 'also remember a rule that allows the same call in future'),
    new Option('--any-arguments', 'with --always: with any arguments; for MCP tools and user tools'),
  ],
  examples: ['rookery approve 3f2a91c4', 'rookery approve 3f2a91c4 8d1c --always'],
  run,
};

async function run([given = '', call]: string[], options: VerbOptions): Promise<ExitCode> {
  const anyArguments = options.anyArguments === true;
  if (anyArguments && options.always !== true) {
    throw new RookeryError('usage', '--any-arguments requires --always', {
      hint: 'Add --always, or omit --any-arguments',
    });
  }
  const always = options.always === true ? (anyArguments ? 'any' : 'same') : undefined;
  const session = await openSession(options);
  const { manager } = await connectManager(session);
  const results = await forEachId(manager, [given], (id) =>
    sendDecision(session, manager, { id, call }, { decision: 'approve', always }),
  );
  return printResults(session.out, results);
}
