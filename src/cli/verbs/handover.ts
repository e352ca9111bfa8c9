/** `rookery handover`: hands a task over to a directory that RavenClaws takes; the task ends here. */
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { confirmed } from '../confirm.js';
import { connectManager } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<id>',
  help: 'Ends a task here as cancelled and writes its files into the work directory of RavenClaws, which can then resume it. For a copy, use `rookery export`.',
  options: [new Option('--to <dir>', 'work directory of RavenClaws'), new Option('--yes', 'do not ask')],
  examples: ['rookery handover 3f2a91c4 --to ~/.ravenclaws --yes'],
  run,
};

async function run([given = '']: string[], options: VerbOptions): Promise<ExitCode> {
  if (typeof options.to !== 'string')
    throw new RookeryError('usage', 'handover needs a directory', { hint: 'Give it with --to DIR' });
  const session = await openSession(options);
  const { out } = session;
  const question = `End task ${given} here and hand it over to ${options.to}?`;
  if (
    options.yes !== true &&
    !(await confirmed(session, { question, refusal: `This needs a confirmation: ${question}`, initial: false }))
  ) {
    out.info('Nothing was changed.');
    return EXIT.detached;
  }
  const { manager } = await connectManager(session);
  const handed = await manager.handOver(await manager.resolveId(given), options.to);
  if (handed.warning) out.info(`Warning: ${handed.warning}`);
  out.info(
    `The task is cancelled here; continue it there with: ravenclaws --task-resume --scheduler (runtime.workdir = ${options.to})`,
  );
  if (out.json) out.value({ ...handed, path: handed.file });
  else out.line(handed.file);
  return EXIT.done;
}
