/** `rookery ui`: the address of the Web UI, or of one task in it. */
import { RookeryError } from '../../domain/errors.js';
import { reachForReading, reachServer } from '../connect.js';
import { EXIT } from '../exit.js';
import { namespaceUrl, workflowUrl } from '../render.js';
import { openSession, type Verb } from '../session.js';

export const verb: Verb = async ([given], options) => {
  const session = await openSession({ ...options, start: false });
  const { uiUrl, namespace } = await reachServer(session);
  if (uiUrl === undefined) {
    throw new RookeryError('environment', 'The address of the Web UI of this cluster is not known', {
      hint: 'Set ROOKERY_UI_URL',
    });
  }
  const { manager } = await reachForReading(session);
  const url =
    given === undefined
      ? namespaceUrl(uiUrl, namespace)
      : workflowUrl(uiUrl, namespace, await manager.resolveId(given));
  if (session.out.json) session.out.value({ url });
  else session.out.line(url);
  return EXIT.done;
};
