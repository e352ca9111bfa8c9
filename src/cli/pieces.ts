/** Text in pieces of some size, from strings and bytes: each is copied once. */

export class Pieces {
  #bytes = Buffer.allocUnsafe(CAPACITY);
  #length = 0;

  constructor(private readonly write: (piece: Buffer) => void) {}

  add(part: string | Buffer): void {
    // Of a string, an upper bound.
    const room = typeof part === 'string' ? part.length * 3 : part.length;
    if (this.#length + room > this.#bytes.length) this.#grow(this.#length + room);
    this.#length +=
      typeof part === 'string' ? this.#bytes.write(part, this.#length) : part.copy(this.#bytes, this.#length);
  }

  /** Writes what has been added, when it is so much. */
  flush(least = 0): void {
    if (this.#length < least || this.#length === 0) return;
    this.write(this.#bytes.subarray(0, this.#length));
    // The stream may not have taken it yet.
    this.#bytes = Buffer.allocUnsafe(CAPACITY);
    this.#length = 0;
  }

  #grow(length: number): void {
    const longer = Buffer.allocUnsafe(2 * length);
    this.#bytes.copy(longer, 0, 0, this.#length);
    this.#bytes = longer;
  }
}

// ---

const CAPACITY = 256 * 1024;
