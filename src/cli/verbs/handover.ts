/** `rookery export`: hands a task over to a directory that RavenClaws takes. */
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { connectManager } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<id>',
  help: 'Cancels a task and writes its files into the work directory of RavenClaws, which can then resume it.',
  options: [new Option('--to <dir>', 'work directory of RavenClaws')],
  examples: ['rookery export 3f2a91c4 --to ~/.ravenclaws'],
  run,
};

async function run([given = '']: string[], options: VerbOptions): Promise<ExitCode> {
  if (typeof options.to !== 'string')
    throw new RookeryError('usage', 'export needs a directory', { hint: 'Give it with --to DIR' });
  const session = await openSession(options);
  const { out } = session;
  const { manager } = await connectManager(session);
  const exported = await manager.export(await manager.resolveId(given), options.to);
  if (exported.warning) out.info(`Warning: ${exported.warning}`);
  out.info(
    `The task is cancelled here; continue it there with: ravenclaws --task-resume --scheduler (runtime.workdir = ${options.to})`,
  );
  if (out.json) out.value(exported);
  else out.line(exported.file);
  return EXIT.done;
}
