/** `rookery deny`: denies waiting calls; the model gets the reason. */
import { Option } from 'commander';
import { sendDecision } from '../approval-prompt.js';
import { connectManager } from '../connect.js';
import type { ExitCode } from '../exit.js';
import { printResults } from '../results.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { ALL_CALLS_OPTION, forEachCall } from '../waiting-targets.js';

export const spec: VerbSpec = {
  words: '[words...]',
  help:
    'ID [CALL]: denies a call of a task. Several ids are possible. The task continues, and the model is told.\n' +
    'A question that is named as CALL stays without an answer.',
  options: [ALL_CALLS_OPTION, new Option('--reason <text>', 'reason that the model is told')],
  examples: ['rookery deny 3f2a91c4 --reason "Use the staging database"', 'rookery deny --all'],
  run,
};

async function run(words: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { manager } = await connectManager(session);
  const reason = typeof options.reason === 'string' ? options.reason : undefined;
  const results = await forEachCall(manager, { words, all: options.all === true }, (waiting) =>
    sendDecision(session, manager, waiting, { decision: 'deny', reason }),
  );
  return printResults(session.out, results);
}
