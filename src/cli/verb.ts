/** The shape of a verb: its words and all its options in, an exit code out. */
import type { ExitCode } from './exit.js';
import type { GlobalOptions } from './session.js';

export type VerbOptions = GlobalOptions &
  Record<string, unknown> & {
    /** There was a `--`: every word is prompt. */
    readonly literal: boolean;
  };
export type Verb = (words: string[], options: VerbOptions) => Promise<ExitCode>;
