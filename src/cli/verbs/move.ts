/** `rookery move`: lets tasks continue on another host, when theirs does not come back. */
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { confirmed } from '../confirm.js';
import { connectReader } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { forEachId, printResults } from '../results.js';
import { openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<ids...>',
  help: 'Lets tasks continue on another host. Calls that may have been started on theirs count as interrupted, outcome unknown.',
  options: [
    new Option('--to <host>', 'name of the host, or here: that of this work directory'),
    new Option('--yes', 'do not ask'),
  ],
  examples: ['rookery move 3f2a91c4 --to here', 'rookery move 3f2a91c4 --to rookery@5b1c09de --yes'],
  run,
};

async function run(ids: string[], options: VerbOptions): Promise<ExitCode> {
  const { to } = options;
  if (typeof to !== 'string')
    throw new RookeryError('usage', 'move needs a host', { hint: 'Give it with --to HOST|here' });
  const session = await openSession(options);
  const { manager } = await connectReader(session);
  if (options.yes !== true && !(await isConfirmed(session, ids, to))) return EXIT.cancelled;
  return printResults(session.out, await forEachId(manager, ids, (id) => manager.move(id, { to })));
}

function isConfirmed(session: Session, ids: readonly string[], to: string): Promise<boolean> {
  const what = ids.length === 1 ? `task ${ids[0]}` : `${ids.length} tasks`;
  const question = `Move ${what} to ${to === 'here' ? 'this host' : to}? A call that runs on the old host counts as interrupted; files that lie only there stay there.`;
  return confirmed(session, {
    question,
    refusal: 'move asks for a confirmation, and there is no terminal',
    initial: true,
  });
}
