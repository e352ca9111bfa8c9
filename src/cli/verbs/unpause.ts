/** `rookery unpause`: lets paused tasks continue. */
import { connectToContinue } from '../control-connection.js';
import type { ExitCode } from '../exit.js';
import { ALL_OPTION, checkIdsOrAll, forEachId, printResults } from '../results.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '[ids...]',
  help: 'Lets tasks continue that `rookery pause` has stopped.',
  options: [ALL_OPTION],
  examples: ['rookery unpause 3f2a91c4', 'rookery unpause --all'],
  run,
};

async function run(ids: string[], options: VerbOptions): Promise<ExitCode> {
  const all = checkIdsOrAll('unpause', ids, options);
  const session = await openSession(options);
  const manager = await connectToContinue(session);
  const results = all ? await manager.unpauseAll() : await forEachId(manager, ids, (id) => manager.unpause(id));
  if (results.length === 0) session.out.info('No task is paused.');
  return printResults(session.out, results);
}
