/** `rookery retry`: continues failed and cancelled tasks from their last good iteration. */

import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import type { TaskFile } from '../../domain/wire.js';
import { adopterSettings } from '../adopter-settings.js';
import { connectManager } from '../connect.js';
import type { ExitCode } from '../exit.js';
import { OVERRIDE_OPTIONS, overridesOf } from '../overrides.js';
import { forEachId, printResults } from '../results.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { reportAllowed } from '../task-input.js';

export const spec: VerbSpec = {
  words: '[ids...]',
  help: 'Continues failed and cancelled tasks from their last good iteration, with what the flags change. What they have used counts.',
  options: [new Option('--failed', 'every failed task'), ...OVERRIDE_OPTIONS],
  examples: ['rookery retry 3f2a91c4 --max-iterations 100', 'rookery retry --failed --provider anthropic'],
  run,
};

async function run(ids: string[], options: VerbOptions): Promise<ExitCode> {
  const isAll = options.failed === true;
  if (isAll === ids.length > 0)
    throw new RookeryError('usage', isAll ? 'Both ids and --failed were given' : 'No task was given', {
      hint: 'Give ids, or --failed for every failed task',
    });
  const session = await openSession(options);
  const overrides = await overridesOf(session);
  await reportAllowed(session);
  const { manager } = await connectManager(session, overrides.provider);
  const how = { overrides, adopt: (file: TaskFile) => adopterSettings(session, file) };
  const results = isAll
    ? await manager.retryFailed(how)
    : await forEachId(manager, ids, (id) => manager.retry(id, how));
  if (results.length === 0) session.out.info('No task has failed.');
  return printResults(session.out, results);
}
