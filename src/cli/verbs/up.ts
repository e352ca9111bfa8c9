/** `rookery up`: server and worker, here until Ctrl-C or with -d in the background. */

import { Option } from 'commander';
import { stopServer } from '../../server/embedded.js';
import { connectManager, ensureServer } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { ACCEPT_UNSIGNED_OPTION, LOG_FORMAT_OPTION, MCP_OPTION, TOOLS_OPTION } from '../task-options.js';
import { namespaceUrl } from '../web-ui.js';
import { checkGivenWorkspace } from '../workspace-check.js';

export const spec: VerbSpec = {
  words: '',
  help: 'Runs the Temporal server and a worker until Ctrl-C, or in the background with -d.',
  options: [
    new Option('-d, --detach', 'run in the background'),
    TOOLS_OPTION,
    MCP_OPTION,
    ACCEPT_UNSIGNED_OPTION,
    LOG_FORMAT_OPTION,
  ],
  examples: ['rookery up -d'],
  run,
};

async function run(_words: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  checkGivenWorkspace(session);
  const { out, temporal, paths } = session;
  if (options.detach === true) {
    const { uiUrl, namespace } = await connectManager(session, session.settings.provider.value);
    const urls = {
      address: (await ensureServer(session)).address,
      url: uiUrl ? namespaceUrl({ uiUrl, namespace }) : null,
    };
    if (out.json) out.value(urls);
    else out.line(`up: Temporal ${urls.address}${urls.url ? `, Web UI ${urls.url}` : ''}`);
    return EXIT.done;
  }
  const { serve } = await import('../serve.js');
  const server = await ensureServer(session);
  out.line(
    `up: Temporal ${server.address}${server.uiUrl ? `, Web UI ${namespaceUrl({ uiUrl: server.uiUrl, namespace: server.namespace })}` : ''}`,
  );
  out.info('Press Ctrl-C to stop; tasks continue at the next `rookery up`.');
  try {
    await serve(session, server, options.acceptUnsigned === true);
  } finally {
    if (temporal.kind === 'embedded') await stopServer(paths.workdir);
  }
  return EXIT.done;
}
