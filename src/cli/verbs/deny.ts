/** `rookery deny`: denies a waiting call; the model gets the reason. */
import { Option } from 'commander';
import { sendDecision } from '../approval-prompt.js';
import { connectManager } from '../connect.js';
import type { ExitCode } from '../exit.js';
import { forEachId, printResults } from '../results.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<id> [call]',
  help: 'Denies a call of a task. The task continues, and the model is told.',
  options: [new Option('--reason <text>', 'reason that the model is told')],
  examples: ['rookery deny 3f2a91c4 --reason "Use the staging database"'],
  run,
};

async function run([given = '', call]: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { manager } = await connectManager(session);
  const reason = typeof options.reason === 'string' ? options.reason : undefined;
  const results = await forEachId(manager, [given], (id) =>
    sendDecision(session, manager, { id, call }, { decision: 'deny', reason }),
  );
  return printResults(session.out, results);
}
