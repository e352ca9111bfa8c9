/** `rookery resume`: starts, adopts or wakes tasks; without ids all that need it. */

import { Option } from 'commander';
import { defaultModel } from '../../config/providers.js';
import type { TaskFile } from '../../domain/wire.js';
import { connectManager } from '../connect.js';
import type { ExitCode } from '../exit.js';
import { forEachId, printResults } from '../results.js';
import { openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';
import { taskSettings } from '../task-input.js';
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
  const how = { dryRun: options.dryRun === true, adopt: (file: TaskFile) => adoption(session, file) };
  const results =
    ids.length > 0
      ? await forEachId(manager, ids, (id) => manager.resume(id, how))
      : await manager.resumeIncomplete(how);
  if (results.length === 0) session.out.info('Nothing to resume.');
  return printResults(session.out, results);
}

/** The file's provider and model are kept; endpoint, tools, workspace and limits come from this command. */
async function adoption(session: Session, { provider, model }: TaskFile) {
  if (provider === null || session.settings.provider.origin !== 'default')
    return withoutSystem(await taskSettings(session));
  // It brings the Temporal client, which the help of this verb does not need.
  const { keptProvider } = await import('../../manager/adopt.js');
  const kept = keptProvider(provider);
  const { endpoint } = session.settings;
  return withoutSystem(
    await taskSettings(session, {
      provider: kept,
      model: model ?? defaultModel(kept),
      ...(endpoint.value === undefined ? {} : { endpoint: endpoint.value, endpoint_origin: 'user' as const }),
    }),
  );
}

/** The system prompt of the file is kept. */
function withoutSystem<T extends { system_prompt?: string }>({
  system_prompt: _,
  ...rest
}: T): Omit<T, 'system_prompt'> {
  return rest;
}
