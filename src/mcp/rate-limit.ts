/** Measures messages while they come in: bytes, and the values that each would become. Keeps nothing of them. */
import { MCP } from './limits.js';

/** The message follows "it". */
export class TooMuchOutput extends Error {}

export class Meter {
  #all = 0;
  #size = 0;
  #values = 0;
  #quoted = false;
  #escaped = false;

  /** Throws Overlong as soon as the message is too long, or there are too many. */
  add(bytes: Uint8Array): void {
    this.#all += bytes.length;
    this.#size += bytes.length;
    for (const byte of bytes) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === QUOTE) this.#quoted = !this.#quoted;
      else if (this.#quoted) this.#escaped = byte === BACKSLASH;
      else if (byte === COMMA || byte === BRACKET || byte === BRACE) this.#values++;
    }
    if (this.#size > MCP.messageBytes || this.#values > MCP.messageValues) throw new TooMuchOutput(TOO_LONG);
    if (this.#all > MCP.floodBytes) throw new TooMuchOutput(FLOOD);
  }

  /** Something was sent, and an answer may come. */
  expectAnswer(): void {
    this.#all = 0;
  }

  /** The next message begins. */
  reset(): void {
    this.#size = 0;
    this.#values = 0;
    this.#quoted = false;
    this.#escaped = false;
  }
}

// ---

const TOO_LONG = 'sent a message of more than 8 MiB or 200,000 values, which is not read';
const FLOOD = 'sent more than 64 MiB for one answer';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
