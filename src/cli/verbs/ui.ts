/** `rookery ui`: the address of the list of tasks in the Web UI, or of the transcript of one task. */
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { connectReader, ensureServer } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';
import { tasksUrl, taskUrl, type WebUi } from '../web-ui.js';

export const spec: VerbSpec = {
  words: '[id]',
  help: 'Prints the address of the list of tasks in the Temporal Web UI, or of the page with the transcript of one task.',
  options: [new Option('--needs-you', 'of the list of those that wait for a person')],
  examples: ['rookery ui 3f2a91c4', 'rookery ui --needs-you'],
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
  const at = { uiUrl, namespace };
  const url =
    given === undefined
      ? tasksUrl(at, { needsYou: options.needsYou === true })
      : await transcriptUrl(session, at, given);
  if (session.out.json) session.out.value({ url });
  else session.out.line(url);
  return EXIT.done;
}

// ---

async function transcriptUrl(session: Session, at: WebUi, given: string): Promise<string> {
  const { manager } = await connectReader(session);
  const id = await manager.resolveId(given);
  const { detail } = await manager.status(id);
  return taskUrl(at, id, detail.workflow?.run_id);
}
