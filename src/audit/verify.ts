/**
 * Verifies a log of any size: every line, the chain, and that no tail was cut. Reads only, and takes no lock: the head
 * is read first, and a log that is being written to is only ever ahead of it.
 */
import { existsSync } from 'node:fs';
import { sentenceOf } from '../domain/errors.js';
import { Chain, type Checked, START } from './chain.js';
import { type AuditFiles, readAuditKey } from './files.js';
import { durableHead, type Head, type HeadsRead, readHeads } from './head.js';
import { linesOf } from './lines.js';

export interface AuditProblem {
  /** From 1; of a problem of the whole log the line behind the last one. */
  readonly line: number;
  /** Of the entry, from 0. */
  readonly index: number;
  readonly problem: string;
}

export interface Verified {
  readonly ok: boolean;
  readonly entries: number;
  readonly problems: readonly AuditProblem[];
  /** When the last entry was written. */
  readonly last?: string | undefined;
  /** False when the key or the file could not be read: the result is unknown. */
  readonly readable: boolean;
}

const MAX_PROBLEMS = 100;

export async function verifyAudit(files: AuditFiles): Promise<Verified> {
  try {
    const key = readAuditKey(files.keyFile);
    if (key) return await verifyWith(key, files);
    if (![files.file, files.headFile, files.anchorFile ?? files.headFile].some(existsSync)) return EMPTY;
    return unreadable(`the audit key ${files.keyFile} is missing`);
  } catch (error) {
    return unreadable(sentenceOf(error));
  }
}

// ---

const EMPTY: Verified = { ok: true, entries: 0, problems: [], readable: true };

function unreadable(problem: string): Verified {
  return { ok: false, entries: 0, problems: [{ line: 0, index: 0, problem }], readable: false };
}

async function verifyWith(key: Buffer, files: AuditFiles): Promise<Verified> {
  const heads = readHeads(files, key);
  const reading = new Reading(new Chain(key, START), heads.head);
  for await (const { bytes, torn } of linesOf(files.file, 0)) {
    if (torn) reading.unfinished();
    else reading.line(bytes);
  }
  reading.end(heads);
  return reading.result;
}

class Reading {
  readonly #problems: AuditProblem[] = [];
  #found = 0;
  #lines = 0;
  #last: string | undefined;

  constructor(
    private readonly chain: Chain,
    private readonly head: Head | undefined,
  ) {}

  get result(): Verified {
    const more = this.#found - this.#problems.length;
    if (more > 0) this.#problems.push({ ...this.#behind, problem: `and ${more} more` });
    return { ok: this.#found === 0, entries: this.#lines, problems: this.#problems, last: this.#last, readable: true };
  }

  line(bytes: Buffer): void {
    const line = ++this.#lines;
    const { index, ...checked } = this.chain.check(bytes);
    this.#last = checked.entry?.timestamp ?? this.#last;
    const problem = checked.problem ?? this.#about({ index, ...checked });
    if (problem !== undefined) this.#tell({ line, index, problem });
  }

  /** An unfinished line after the head, left by a killed writer, is not an entry; the next writer removes it. */
  unfinished(): void {
    if (this.#lines < this.#mustHave) this.#tell({ ...this.#behind, problem: 'this line is not finished' });
  }

  end({ problems, absent }: HeadsRead): void {
    if (absent && this.#lines === 0) return;
    for (const problem of problems) this.#tell({ ...this.#behind, problem });
    const missing = (this.head?.last.count ?? 0) - this.#lines;
    if (missing <= 0) return;
    const inPowerCut = this.#lines >= this.#mustHave ? ' (reads that a power cut can have taken)' : '';
    const problem = `the head says ${this.head?.last.count} entries, the file has ${this.#lines}${inPowerCut}`;
    this.#tell({ ...this.#behind, problem });
  }

  get #mustHave(): number {
    return this.head ? durableHead(this.head).count : 0;
  }

  get #behind(): { line: number; index: number } {
    return { line: this.#lines + 1, index: this.#lines };
  }

  /** Of an unchanged entry. */
  #about({ index, entry }: Checked): string | undefined {
    if (entry?.component === 'audit' && entry.event_type === 'security_violation')
      return `found when this entry was written: ${entry.description}`;
    const { last } = this.head ?? {};
    return last?.count === index + 1 && last.hmac !== entry?.hmac
      ? `entry ${index} is not the one that the head was written for`
      : undefined;
  }

  #tell(problem: AuditProblem): void {
    this.#found++;
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(problem);
  }
}
