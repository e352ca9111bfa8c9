/** Asks a person for a yes before something that cannot be taken back. */
import { RookeryError } from '../domain/errors.js';
import { visibleLine } from '../domain/visible.js';
import { canPrompt } from './approval-prompt.js';
import type { Session } from './session.js';

/**
 * @returns false when the person said no. Throws `usage` without a terminal to answer at: the command needs `--yes` then. The
 * default answer is no.
 */
export async function confirmed(session: Session, question: string): Promise<boolean> {
  if (!canPrompt(session)) {
    throw new RookeryError('usage', `This needs a confirmation: ${visibleLine(question)}`, { hint: 'Add --yes' });
  }
  const { confirm, isCancel } = await import('@clack/prompts');
  const answer = await confirm({ message: visibleLine(question), initialValue: false, output: process.stderr });
  return !isCancel(answer) && answer;
}
