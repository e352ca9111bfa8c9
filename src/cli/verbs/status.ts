/** `rookery status`: what one task is doing, and why. */

import { connectReader } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { statusLines } from '../render.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<id>',
  help: 'Shows the state of a task, with the reason for it. Without a server it reads the task file.',
  examples: ['rookery status 3f2a91c4'],
  run,
};

async function run([given = '']: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { out } = session;
  const { manager, webUi } = await connectReader(session);
  const status = await manager.status(await manager.resolveId(given));
  if (out.json) out.value(status);
  else out.lines(statusLines(status, { here: manager.host, webUi }));
  return EXIT.done;
}
