/** The record of a run: a line of JSON for each episode and each batch, appended when the batch has its verdict. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Moment } from './moments.js';
import type { Victims } from './site.js';
import type { Verdict } from './verdict.js';

/** One fault that struck. */
export interface Episode {
  readonly type: 'episode';
  readonly batch: string;
  /** What was killed, or which disk was filled: that of the files, or with it that of the server. */
  readonly victims: Victims | 'disk' | 'disk-of-all';
  readonly moment: Moment;
  /** Whether it struck in that moment, as far as can be seen afterwards. */
  readonly landed: boolean;
}

/** Tasks that ran together, and what became of them. */
export interface Batch {
  readonly type: 'batch';
  /** Name of its kind and number: a run that is continued leaves it out. */
  readonly batch: string;
  readonly seed: number;
  readonly date: string;
  readonly seconds: number;
  readonly verdict: Verdict;
}

/** The mirror writer, killed at a system call. */
export interface SyscallKills {
  readonly type: 'syscalls';
  readonly seed: number;
  readonly date: string;
  readonly calls: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly torn: number;
  readonly stuck: number;
}

export type Line = Episode | Batch | SyscallKills;

export interface Journal {
  readonly lines: readonly Line[];
  has(batch: string): boolean;
  append(lines: readonly Line[]): void;
}

export function openJournal(path: string): Journal {
  const lines: Line[] = existsSync(path) ? readFileSync(path, 'utf8').split('\n').flatMap(parsed) : [];
  return {
    lines,
    has: (batch) => lines.some((line) => line.type === 'batch' && line.batch === batch),
    append(added) {
      lines.push(...added);
      appendFileSync(path, added.map((line) => `${JSON.stringify(line)}\n`).join(''));
    },
  };
}

// ---

/** A run that was killed may have left a part of a line. */
function parsed(text: string): Line[] {
  try {
    return [JSON.parse(text) as Line];
  } catch {
    return [];
  }
}
