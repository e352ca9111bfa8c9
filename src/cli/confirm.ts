/** Asks a person for a yes before something that cannot be taken back. */
import { RookeryError } from '../domain/errors.js';
import { visibleLine } from '../domain/visible.js';
import { canPrompt } from './approval-prompt.js';
import type { Session } from './session.js';

export interface Confirmation {
  readonly question: string;
  /** The error where there is no terminal to answer at: the command needs `--yes` then. */
  readonly refusal: string;
  /** The answer that Enter gives. */
  readonly initial: boolean;
}

/** @returns false when the person said no. Throws `usage` without a terminal. */
export async function confirmed(session: Session, { question, refusal, initial }: Confirmation): Promise<boolean> {
  if (!canPrompt(session)) throw new RookeryError('usage', visibleLine(refusal), { hint: 'Add --yes' });
  const { confirm } = await import('@clack/prompts');
  const message = visibleLine(question);
  return (await confirm({ message, initialValue: initial, output: process.stderr })) === true;
}
