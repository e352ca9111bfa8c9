/** `rookery worker`: runs a worker here, for the embedded server or a cluster. */

import { Option } from 'commander';
import { awaitServer, ensureServer } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { ACCEPT_UNSIGNED_OPTION, LOG_FORMAT_OPTION, MCP_OPTION, TASK_OPTIONS, TOOLS_OPTION } from '../task-options.js';
import { WORKER_OPTIONS } from '../worker-options.js';
import { checkGivenWorkspace } from '../workspace-check.js';

export const spec: VerbSpec = {
  words: '',
  help: 'Runs a worker in this process, for the embedded server or for a cluster.',
  options: [
    new Option('--await-server').hideHelp(),
    TOOLS_OPTION,
    MCP_OPTION,
    ACCEPT_UNSIGNED_OPTION,
    LOG_FORMAT_OPTION,
    ...WORKER_OPTIONS,
    ...TASK_OPTIONS.filter(({ long }) => ['--provider', '--model', '--endpoint', '--workspace'].includes(long ?? '')),
  ],
  examples: [
    'TEMPORAL_ADDRESS=temporal.internal:7233 rookery worker --workspace /srv/project',
    'rookery worker --max-activities 20 --metrics 9464 --health 8081',
  ],
  run,
};

async function run(_words: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  checkGivenWorkspace(session);
  const reached = options.awaitServer === true ? awaitServer(session) : ensureServer(session);
  // The worker loads while the server starts.
  const [server, { serve }] = await Promise.all([reached, import('../serve.js')]);
  await serve(session, server, options.acceptUnsigned === true);
  return EXIT.done;
}
