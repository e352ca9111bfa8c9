/** `rookery ui`: the address of the Web UI, or of one task in it. */
import { RookeryError } from '../../domain/errors.js';
import { connectReader, ensureServer } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { namespaceUrl, workflowUrl } from '../render.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '[id]',
  help: 'Prints the address of the Temporal Web UI, or of the page of one task.',
  examples: ['rookery ui 3f2a91c4'],
  run,
};

async function run([given]: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession({ ...options, start: false });
  const { uiUrl, namespace } = await ensureServer(session);
  if (uiUrl === undefined) {
    throw new RookeryError('environment', 'The address of the Web UI of this cluster is not known', {
      hint: 'Set ROOKERY_UI_URL',
    });
  }
  const { manager } = await connectReader(session);
  const url =
    given === undefined
      ? namespaceUrl(uiUrl, namespace)
      : workflowUrl(uiUrl, namespace, await manager.resolveId(given));
  if (session.out.json) session.out.value({ url });
  else session.out.line(url);
  return EXIT.done;
}
