/** What agents really run to look around, of the kind that a careful person lets run unasked. A line each. */
import { readFileSync } from 'node:fs';

export const BENIGN: readonly string[] = readFileSync(new URL('./benign.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');
