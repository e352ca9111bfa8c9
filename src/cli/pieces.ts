/** Text in pieces of some size, from strings and bytes: each is copied once, into a buffer that is used again. */

export class Pieces {
  #bytes = Buffer.allocUnsafe(CAPACITY);
  #length = 0;

  /** `write`: settles when the piece may change. */
  constructor(private readonly write: (piece: Buffer) => Promise<void>) {}

  /** Of what has been added and not written. */
  get length(): number {
    return this.#length;
  }

  add(part: string | Buffer): void {
    // Of a string, an upper bound.
    const room = typeof part === 'string' ? part.length * 3 : part.length;
    if (this.#length + room > this.#bytes.length) this.#grow(this.#length + room);
    this.#length +=
      typeof part === 'string' ? this.#bytes.write(part, this.#length) : part.copy(this.#bytes, this.#length);
  }

  /** Writes what has been added. */
  async flush(): Promise<void> {
    if (this.#length === 0) return;
    await this.write(this.#bytes.subarray(0, this.#length));
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
