/** `rookery pause`: stops tasks before their next step, until they are unpaused. */
import { Option } from 'commander';
import { connectServer } from '../control-connection.js';
import type { ExitCode } from '../exit.js';
import { ALL_OPTION, checkIdsOrAll, forEachId, printResults } from '../results.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '[ids...]',
  help: 'Stops tasks before their next step. They stay paused, also when server and worker are restarted, until `rookery unpause`.',
  options: [ALL_OPTION, new Option('--reason <text>', 'shown wherever the task is shown')],
  examples: ['rookery pause 3f2a91c4 --reason "Waiting for the review"', 'rookery pause --all'],
  run,
};

async function run(ids: string[], options: VerbOptions): Promise<ExitCode> {
  const all = checkIdsOrAll('pause', ids, options);
  const session = await openSession(options);
  const reason = typeof options.reason === 'string' ? options.reason : undefined;
  const manager = await connectServer(session);
  const results = all
    ? await manager.pauseAll({ reason })
    : await forEachId(manager, ids, (id) => manager.pause(id, { reason }));
  if (results.length === 0) session.out.info('No task runs.');
  return printResults(session.out, results);
}
