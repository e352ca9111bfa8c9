/** `rookery discard`: removes the worktrees of tasks, with their branches. */
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { outcomeOf, type VerbOutcome } from '../../manager/context.js';
import { canPrompt } from '../approval-prompt.js';
import { confirmed } from '../confirm.js';
import { connectReader } from '../connect.js';
import type { ExitCode } from '../exit.js';
import { printResults } from '../results.js';
import { openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<ids...>',
  help: 'Removes the worktrees of tasks that have ended, with their branches. Asks about changes that were not applied.',
  options: [new Option('--yes', 'also with changes that were not applied')],
  examples: ['rookery discard 3f2a91c4', 'rookery discard 3f2a91c4 --yes'],
  run,
};

async function run(ids: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { manager } = await connectReader(session);
  const discard = async (given: string): Promise<VerbOutcome> => {
    const id = await manager.resolveId(given);
    return manager.discard(id, { yes: options.yes === true }).catch(async (error) => {
      if (!(await isAccepted(session, error))) throw error;
      return manager.discard(id, { yes: true });
    });
  };
  const [only = '', ...others] = ids;
  // Of one task the error says what to do.
  if (others.length === 0) return printResults(session.out, [await discard(only)]);
  const results: VerbOutcome[] = [];
  // One after the other: each may ask.
  for (const given of ids) results.push(await outcomeOf(given, () => discard(given)));
  return printResults(session.out, results);
}

/** A person at a terminal is asked about what would be lost. */
async function isAccepted(session: Session, error: unknown): Promise<boolean> {
  if (!(error instanceof RookeryError) || error.code !== 'usage' || !canPrompt(session)) return false;
  return confirmed(session, { question: `${error.message}. Remove them?`, refusal: error.message, initial: false });
}
