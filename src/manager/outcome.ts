/** What a verb came to for one of its ids. */
import { RookeryError, sentenceOf } from '../domain/errors.js';
import type { Status } from '../domain/task.js';
import { inPlainWords } from '../temporal.js';

export interface Outcome {
  readonly id: string;
  readonly ok: boolean;
  readonly status: Status | null;
  readonly code?: string;
  readonly message?: string;
}

/** One id's error is its own outcome: the other ids go on. */
export async function outcomeOf(id: string, work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (thrown) {
    const error = inPlainWords(thrown);
    const code = error instanceof RookeryError ? error.code : 'environment';
    return { id, ok: false, status: null, code, message: sentenceOf(error) };
  }
}
