/** Looks for the words of a prompt in everything that the databases hold. */
import { DATABASES } from './temporal.js';

/** In a prompt of the test, and in nothing else. */
export const CANARY = 'canary-of-the-prompt-3f9a1c';

export interface Canary {
  /** Places where the words of the prompt are readable: always a fault. */
  readonly found: number;
  /** Places of a name that is not encrypted. None would mean that the search does not work. */
  readonly control: number;
}

export function lookForCanary(dump: (database: string) => Buffer): Canary {
  const dumps = DATABASES.map(dump);
  const count = (words: string): number => dumps.reduce((sum, text) => sum + occurrences(text, words), 0);
  return { found: count(CANARY), control: count('rookery.iterate') };
}

// ---

/** Binary columns are dumped as hexadecimal digits. */
function occurrences(dump: Buffer, words: string): number {
  return [words, Buffer.from(words).toString('hex')].reduce((sum, form) => sum + timesIn(dump, form), 0);
}

function timesIn(dump: Buffer, form: string): number {
  let times = 0;
  for (let at = dump.indexOf(form); at >= 0; at = dump.indexOf(form, at + 1)) times++;
  return times;
}
