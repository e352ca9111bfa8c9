/** `rookery up`: server and worker, here until Ctrl-C or with -d in the background. */
import { stopServer } from '../../server/embedded.js';
import { connectManager, reachServer } from '../connect.js';
import { EXIT } from '../exit.js';
import { namespaceUrl } from '../render.js';
import { openSession, type Verb } from '../session.js';

export const verb: Verb = async (_words, options) => {
  const session = await openSession(options);
  const { out, temporal, paths } = session;
  if (options.detach === true) {
    const { uiUrl, namespace } = await connectManager(session, session.settings.provider.value);
    const urls = { address: (await reachServer(session)).address, url: uiUrl ? namespaceUrl(uiUrl, namespace) : null };
    if (out.json) out.value(urls);
    else out.line(`up: Temporal ${urls.address}${urls.url ? `, Web UI ${urls.url}` : ''}`);
    return EXIT.done;
  }
  const { serve } = await import('../serve.js');
  const server = await reachServer(session);
  out.line(
    `up: Temporal ${server.address}${server.uiUrl ? `, Web UI ${namespaceUrl(server.uiUrl, server.namespace)}` : ''}`,
  );
  out.tell('Ctrl-C stops it; tasks go on at the next `rookery up`.');
  try {
    await serve(session, server, options.acceptUnsigned === true);
  } finally {
    if (temporal.kind === 'embedded') await stopServer(paths.workdir);
  }
  return EXIT.done;
};
