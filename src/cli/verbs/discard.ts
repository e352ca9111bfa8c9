/** `rookery discard`: removes the worktree of a task, with its branch. */
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { canPrompt } from '../approval-prompt.js';
import { confirmed } from '../confirm.js';
import { connectReader } from '../connect.js';
import type { ExitCode } from '../exit.js';
import { printResults } from '../results.js';
import { openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<id>',
  help: 'Removes the worktree of a task that has ended, with its branch. Asks when it has changes that were not applied.',
  options: [new Option('--yes', 'also with changes that were not applied')],
  examples: ['rookery discard 3f2a91c4', 'rookery discard 3f2a91c4 --yes'],
  run,
};

async function run([given = '']: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { manager } = await connectReader(session);
  const id = await manager.resolveId(given);
  const discarded = await manager.discard(id, { yes: options.yes === true }).catch(async (error) => {
    if (!(await isAccepted(session, error))) throw error;
    return manager.discard(id, { yes: true });
  });
  return printResults(session.out, [discarded]);
}

/** A person at a terminal is asked about what would be lost. */
async function isAccepted(session: Session, error: unknown): Promise<boolean> {
  if (!(error instanceof RookeryError) || error.code !== 'usage' || !canPrompt(session)) return false;
  return confirmed(session, { question: `${error.message}. Remove them?`, refusal: error.message, initial: false });
}
