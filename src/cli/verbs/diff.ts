/** `rookery diff`: what a task has changed in its workspace, as a patch. */
import { connectReader } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<id>',
  help: 'Prints what a task has changed in its workspace since it started, as a patch. The workspace must be in a git repository.',
  examples: ['rookery diff 3f2a91c4', 'rookery diff 3f2a91c4 > changes.patch'],
  run,
};

async function run([given = '']: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { out } = session;
  const { manager } = await connectReader(session);
  const { files, patch } = await manager.diff(await manager.resolveId(given));
  if (out.json) out.value({ files, patch: patch.toString() });
  else out.bytes(patch);
  return EXIT.done;
}
