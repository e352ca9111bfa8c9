/**
 * Output streams: results on stdout, messages on stderr. Escapes control characters of untrusted content; writes no
 * control characters without a terminal, or with NO_COLOR set.
 */
import { environment } from '../config/environment.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { visible, visibleLine } from '../domain/visible.js';
import { Pieces } from './pieces.js';
import { type Line, shownText } from './styled-line.js';

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly color: boolean;
  /** Messages are JSON lines, as those of a worker's log. */
  readonly jsonLog: boolean;
}

export class Output {
  #isTitled = false;
  /** Rows at the end of the terminal that the next output replaces. */
  #liveRows = 0;

  constructor(private readonly options: OutputOptions) {}

  /** True when stderr is a terminal that accepts control characters. */
  get live(): boolean {
    return this.options.color && process.stderr.isTTY === true && !this.options.quiet;
  }

  /** True when stdout is a terminal that accepts control characters. */
  get colored(): boolean {
    return this.options.color && process.stdout.isTTY === true;
  }

  get json(): boolean {
    return this.options.json;
  }

  /** A result line for people. */
  line(text: string): void {
    this.lines([text]);
  }

  /** In one write: thousands of separate writes are slow. */
  lines(texts: readonly string[]): void {
    if (texts.length === 0) return;
    this.#eraseLive();
    process.stdout.write(terminalText(`${texts.join('\n')}\n`));
  }

  /** Lines for people, cut to the terminal, with colours there: results on stdout, or messages on stderr. */
  show(where: 'line' | 'info', lines: readonly Line[]): void {
    if (where === 'info' && (this.options.quiet || this.options.jsonLog)) {
      for (const line of lines) this.info(shownText(line, { color: false }));
      return;
    }
    if (lines.length === 0) return;
    this.#eraseLive();
    const stream = where === 'line' ? process.stdout : process.stderr;
    const form =
      stream.isTTY === true ? { columns: stream.columns || 80, color: this.options.color } : { color: false };
    stream.write(`${lines.map((line) => shownText(line, form)).join('\n')}\n`);
  }

  /** Lines that hold no control characters but those of their colours. */
  printed(texts: readonly string[]): void {
    process.stdout.write(`${texts.join('\n')}\n`);
  }

  /** As they are where they go into a file or a pipe; a terminal gets text. */
  bytes(bytes: Buffer): void {
    this.#eraseLive();
    process.stdout.write(process.stdout.isTTY === true ? terminalText(bytes.toString()) : bytes);
  }

  /** One JSON value on a line; escaped characters parse back to the same value. */
  value(value: unknown): void {
    this.#eraseLive();
    process.stdout.write(`${terminalText(JSON.stringify(value))}\n`);
  }

  /**
   * As `value`, for an object whose first field is a long list of JSON texts, each in parts; bytes are given as they are.
   * In pieces: one string of tens of megabytes takes twice as long, and so do thousands of small writes. Its reader
   * works while the next piece is made.
   */
  async texts(name: string, list: Iterable<readonly (string | Buffer)[]>, others: object): Promise<void> {
    const pieces = new Pieces(written);
    pieces.add(`{${JSON.stringify(name)}:[`);
    let separator = '';
    for (const parts of list) {
      pieces.add(separator);
      for (const part of parts) pieces.add(typeof part === 'string' ? terminalText(part) : part);
      separator = ',';
      if (pieces.length >= PIECE_LENGTH) await pieces.flush();
    }
    const rest = JSON.stringify(others).slice(1);
    pieces.add(`]${terminalText(`${rest === '}' ? '' : ','}${rest}`)}\n`);
    await pieces.flush();
  }

  /** Writes a message to stderr. */
  info(text: string): void {
    if (this.options.quiet) return;
    if (this.options.jsonLog) {
      process.stderr.write(`${JSON.stringify({ level: 30, time: new Date().toISOString(), msg: text })}\n`);
      return;
    }
    this.#eraseLive();
    process.stderr.write(`${visible(text)}\n`);
  }

  /** Replaces the rows at the end of the terminal, which the next output removes; does nothing without a terminal. */
  flash(rows: readonly Line[]): void {
    if (!this.live) return;
    this.#eraseLive();
    const columns = this.columns - 1;
    process.stderr.write(rows.map((row) => shownText(row, { columns, color: true })).join('\n'));
    this.#liveRows = rows.length;
  }

  /** Of the terminal that shows the live rows. */
  get columns(): number {
    return process.stderr.columns || 80;
  }

  get rows(): number {
    return process.stderr.rows || 24;
  }

  /** Rings the terminal's bell: the task waits for a person. */
  bell(): void {
    if (this.live) process.stderr.write('\u0007');
  }

  /** Sets the title of the terminal, whose own is kept until null restores it. */
  title(text: string | null): void {
    if (!this.live) return;
    if (!this.#isTitled && text !== null) process.stderr.write(SAVE_TITLE);
    if (text !== null) process.stderr.write(`\u001b]2;${visibleLine(text)}\u0007`);
    else if (this.#isTitled) process.stderr.write(RESTORE_TITLE);
    this.#isTitled = text !== null;
  }

  error(error: unknown): void {
    this.#eraseLive();
    const { message, hint, code } = partsOf(error);
    if (this.json) this.value({ error: { code, message, ...(hint === undefined ? {} : { hint }) } });
    const sentences = [message, hint].filter(Boolean).map((text) => `${text?.replace(/[.\s]+$/, '')}.`);
    process.stderr.write(`${visibleLine(sentences.join(' '))}\n`);
    if (this.options.debug && error instanceof Error)
      process.stderr.write(visible(`${error.stack ?? ''}\n${causes(error)}`));
  }

  #eraseLive(): void {
    if (this.#liveRows === 0) return;
    const up = this.#liveRows > 1 ? `\u001b[${this.#liveRows - 1}A` : '';
    process.stderr.write(`\r${up}\u001b[J`);
    this.#liveRows = 0;
  }
}

/** Configured by the flags and the environment. */
export function outputOf(flags: Partial<Omit<OutputOptions, 'jsonLog'>> & { readonly logFormat?: string }): Output {
  const { json = false, quiet = false, debug = false } = flags;
  const color = flags.color !== false && !environment.NO_COLOR && environment.TERM !== 'dumb';
  return new Output({ json, quiet, debug, color, jsonLog: flags.logFormat === 'json' });
}

/**
 * For results, which must stay unchanged: an answer may contain joined emoji, and JSON must parse back to the same
 * value. Escapes the characters that a terminal would interpret. Line feeds and tabs stay.
 */
export function terminalText(text: string): string {
  // Nearly all text has none, and a look costs half as much as a replacement of nothing.
  if (!INTERPRETED.test(text)) return text;
  return text.replace(new RegExp(INTERPRETED, 'g'), (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// ---

const INTERPRETED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** The stack of titles of xterm, which most terminals have; others ignore it. */
const SAVE_TITLE = '\u001b[22;2t';
const RESTORE_TITLE = '\u001b[23;2t';

/** Waits until the stream needs the bytes no more; where they went out at once, only the promise takes time. */
function written(piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(piece, () => resolve());
  });
}

/** A pipe of Linux takes this many bytes at once. */
const PIECE_LENGTH = 64 * 1024;

function partsOf(error: unknown): { code: string; message: string; hint?: string | undefined } {
  if (error instanceof RookeryError) return { code: error.code, message: error.message, hint: error.hint };
  return { code: 'environment', message: sentenceOf(error) };
}

function causes(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? `caused by ${cause.stack ?? cause.message}\n${causes(cause)}` : '';
}
