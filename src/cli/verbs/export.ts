/** `rookery export`: writes a copy of a task; the task is not touched. */
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { connectReader } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<id>',
  help: 'Writes a copy of a task: as JSON, as a Markdown transcript, or as both into a directory. The task is not touched.',
  options: [new Option('--to <path>', 'file that ends in .json or .md, or a directory')],
  examples: ['rookery export 3f2a91c4 --to transcript.md', 'rookery export 3f2a91c4 --to ~/exports/'],
  run,
};

async function run([given = '']: string[], options: VerbOptions): Promise<ExitCode> {
  if (typeof options.to !== 'string')
    throw new RookeryError('usage', 'export needs a file or a directory', { hint: 'Give it with --to PATH' });
  const session = await openSession(options);
  const { out } = session;
  const { manager } = await connectReader(session);
  const exported = await manager.export(await manager.resolveId(given), options.to);
  if (out.json) out.value(exported);
  else out.lines(exported.files);
  return EXIT.done;
}
