/** `rookery export`: hands a task over to a directory that RavenClaws takes. */
import { RookeryError } from '../../domain/errors.js';
import { connectManager } from '../connect.js';
import { EXIT } from '../exit.js';
import { openSession, type Verb } from '../session.js';

export const verb: Verb = async ([given = ''], options) => {
  if (typeof options.to !== 'string')
    throw new RookeryError('usage', 'export needs a directory', { hint: 'Give it with --to DIR' });
  const session = await openSession(options);
  const { out } = session;
  const { manager } = await connectManager(session);
  const exported = await manager.export(await manager.resolveId(given), options.to);
  if (exported.warning) out.tell(`Warning: ${exported.warning}`);
  out.tell(
    `The task is cancelled here; go on there with: ravenclaws --task-resume --scheduler (runtime.workdir = ${options.to})`,
  );
  if (out.json) out.value(exported);
  else out.line(exported.file);
  return EXIT.done;
};
