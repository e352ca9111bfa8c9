/** The shape of a verb: its words and all its options in, an exit code out. */
import { RookeryError } from '../domain/errors.js';
import type { ExitCode } from './exit.js';
import type { GlobalOptions } from './session.js';

export type VerbOptions = GlobalOptions &
  Record<string, unknown> & {
    /** There was a `--`: every word is prompt. */
    readonly literal: boolean;
  };
export type Verb = (words: string[], options: VerbOptions) => Promise<ExitCode>;

/** For a verb that has actions of its own, and got words that name none of them. */
export function noSuchAction(verb: string, words: readonly (string | undefined)[], hint: string): RookeryError {
  const said = words.join(' ').trim().slice(0, 60);
  return new RookeryError('usage', `There is no '${verb} ${said}'`, { hint });
}
