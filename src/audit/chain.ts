/**
 * Follows the chain of entries, line by line, and says what is wrong with a line. Continues after a wrong one, so that
 * each wrong place is named and not all that comes after it.
 */
import { type AuditEntry, hmacOf, readEntry } from './entry.js';

/** Where the next entry goes: its index, and the HMAC that it is chained to. */
export interface Link {
  readonly index: number;
  readonly previous: string;
}

export const START: Link = { index: 0, previous: '' };

export interface Checked {
  /** The index that was expected here. */
  readonly index: number;
  readonly entry?: AuditEntry | undefined;
  readonly problem?: string;
}

export class Chain {
  /** Usually one. After a wrong line: where it may continue, as the wrong line is unknown. */
  #links: readonly Link[];

  constructor(
    private readonly key: Buffer,
    from: Link,
  ) {
    this.#links = [from];
  }

  /** Where the next entry goes. Behind wrong lines: behind the last right one. */
  get link(): Link {
    return this.#links[0] ?? START;
  }

  check(line: Buffer): Checked {
    const entry = readEntry(line);
    const index = this.#expected;
    if (typeof entry === 'string') {
      this.#doubt({ index: index + 1, previous: HMAC_AT_END.exec(line.toString('latin1'))?.[1] });
      return { index, problem: entry };
    }
    const fits = this.#links.find((link) => link.index === entry.index && this.#seal(link, entry) === entry.hmac);
    if (fits) {
      this.#links = [{ index: entry.index + 1, previous: entry.hmac }];
      return { index: entry.index, entry };
    }
    const seals = this.#links.map((link) => this.#seal(link, entry));
    for (const previous of [...seals, entry.hmac]) this.#doubt({ index: entry.index + 1, previous });
    return { index, problem: wrong(entry.index, index) };
  }

  get #expected(): number {
    return this.#links.at(-1)?.index ?? 0;
  }

  #seal(link: Link, entry: AuditEntry): string {
    return hmacOf(this.key, link.previous, entry);
  }

  #doubt({ index, previous = '' }: { index: number; previous?: string | undefined }): void {
    this.#links = [this.link, ...this.#links.slice(1).slice(-MAX_CANDIDATES), { index, previous }];
  }
}

// ---

const MAX_CANDIDATES = 4;
const HMAC_AT_END = /"hmac":"([0-9a-f]{64})"\}$/;

function wrong(index: number, expected: number): string {
  const failed = `HMAC verification failed at entry ${index}`;
  return index === expected ? failed : `${failed}: entry ${expected} was expected here`;
}
