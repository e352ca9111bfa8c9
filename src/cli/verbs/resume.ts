/** `rookery resume`: starts, adopts or wakes tasks; without ids all that need it. */

import { Option } from 'commander';
import type { TaskFile } from '../../domain/wire.js';
import { adopterSettings } from '../adopter-settings.js';
import { connectManager } from '../connect.js';
import type { ExitCode } from '../exit.js';
import { forEachId, printResults } from '../results.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { MCP_OPTION, TASK_OPTIONS, TOOLS_OPTION } from '../task-options.js';

export const spec: VerbSpec = {
  words: '[ids...]',
  help: 'Starts pending tasks, adopts tasks of RavenClaws and wakes waiting ones. Without ids: all tasks that need it.',
  options: [
    new Option('--dry-run', 'report what would be done'),
    ...TASK_OPTIONS.filter(({ long }) => long !== '--file'),
    TOOLS_OPTION,
    MCP_OPTION,
  ],
  examples: ['rookery resume --dry-run', 'rookery resume 3f2a91c4'],
  run,
};

async function run(ids: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { manager } = await connectManager(session, session.settings.provider.value);
  const how = { dryRun: options.dryRun === true, adopt: (file: TaskFile) => adopterSettings(session, file) };
  const results =
    ids.length > 0
      ? await forEachId(manager, ids, (id) => manager.resume(id, how))
      : await manager.resumeIncomplete(how);
  if (results.length === 0) session.out.info('Nothing to resume.');
  return printResults(session.out, results);
}
