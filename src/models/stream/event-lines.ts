/**
 * The lines of a provider's event stream as events for the AI SDK: errors in it become `RookeryError`s, odd fields are
 * corrected, pings are left out, pieces of one text are put together, and the finish that some endpoints leave out is put in.
 */
import { frameFailure, type Peer } from '../errors/failures.js';
import { isRecord, parseJson } from '../errors/provider-words.js';
import type { Frame } from './frame-fields.js';
import { type Dialect, errorIn, frameNormaliser } from './normalise-frames.js';
import { type Piece, pieceIn } from './pieces.js';

/** Takes the lines of one stream in their order. What it returns is events in whole. */
export class EventLines {
  readonly #normalise: (frame: Frame) => Frame | undefined;
  #finished: boolean;
  #begun = false;
  #event: string | undefined;
  #data: string[] = [];
  #held: Held | undefined;

  constructor(
    readonly peer: Peer,
    readonly dialect: Dialect,
  ) {
    this.#normalise = frameNormaliser(dialect);
    this.#finished = dialect !== 'openai';
  }

  /** The events that the line completes. */
  add(raw: string): string {
    const line = withoutMarks(raw);
    // Nearly all lines are of these three kinds.
    if (line.startsWith('data: ')) return this.#addData(line.slice(6));
    if (line === '') return this.#flush();
    if (line.startsWith('event: ')) return this.#addEvent(line.slice(7));
    const [, field = '', value = ''] = /^([a-z]*): ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') return this.#addEvent(value);
    if (field === 'error') throw frameFailure(this.peer, parseJson(value) ?? value);
    return field === 'data' ? this.#addData(value) : '';
  }

  /** The reply has a first piece. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The text that is held, as far as it has come. */
  release(): string {
    const held = this.#held;
    this.#held = undefined;
    return held === undefined ? '' : eventOf(held.piece.withText(held.frame, held.text));
  }

  #addEvent(name: string): string {
    this.#event = name.trim();
    return '';
  }

  #addData(value: string): string {
    if (value.length < 20 && DONE.test(value)) return this.#flush() + this.release() + this.#done();
    this.#data.push(value);
    const text = this.#data.length === 1 ? value : this.#data.join('\n');
    const parsed = parseJson(text);
    // Some endpoints leave the empty line between two events out.
    if (!isRecord(parsed)) return '';
    const events = this.#frame(parsed, text);
    this.#end();
    return events;
  }

  /** The AI SDK says what is wrong with broken JSON; words without meaning, such as a ping, are left out. */
  #flush(): string {
    const lines = this.#data;
    this.#end();
    if (lines.length === 0) return '';
    const text = lines.join('\n');
    return /^\s*[[{]/.test(text) ? this.release() + asEvent(text) : '';
  }

  #end(): void {
    if (this.#data.length > 0) this.#data = [];
    this.#event = undefined;
  }

  /** The AI SDK reads no mark of the end. */
  #done(): string {
    return this.#finished ? '' : eventOf(FINISH);
  }

  #frame(parsed: Frame, text: string): string {
    const named = this.#named(parsed);
    // A piece has no field that could be an error.
    const piece = this.#event === 'error' ? undefined : pieceIn(named, this.dialect);
    if (piece && piece.of === this.#held?.piece.of) {
      this.#held.text += piece.text;
      return '';
    }
    const error = errorIn(parsed, this.#event);
    if (error !== undefined) throw frameFailure(this.peer, error);
    const before = this.release();
    const normal = this.#normalise(named);
    if (piece && normal && this.#begun) {
      this.#held = { piece, frame: normal, text: piece.text };
      return before;
    }
    // The first piece is not held: it shows that the model writes.
    this.#begun ||= piece !== undefined;
    this.#finished ||= hasFinish(normal);
    return before + (normal === parsed ? asEvent(text) : eventOf(normal));
  }

  #named(frame: Frame): Frame {
    const isNamed = this.dialect !== 'anthropic' || this.#event === undefined || frame.type !== undefined;
    return isNamed ? frame : { ...frame, type: this.#event };
  }
}

/** The AI SDK reads the data alone. */
export const eventOf = (frame: Frame | undefined): string =>
  frame === undefined ? '' : asEvent(JSON.stringify(frame));

// --- internal ---

interface Held {
  /** The first one. */
  readonly piece: Piece;
  readonly frame: Frame;
  text: string;
}

const asEvent = (json: string): string => `data: ${json.replaceAll('\n', ' ')}\n\n`;

/** A byte order mark, and half of a line end of Windows. */
function withoutMarks(line: string): string {
  const marked = line.charCodeAt(0) === 0xfeff ? line.slice(1) : line;
  return marked.endsWith('\r') ? marked.slice(0, -1) : marked;
}

const DONE = /^\s*\[done\]\s*$/i;
const FINISH = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };

function hasFinish(frame: Frame | undefined): boolean {
  const choices = Array.isArray(frame?.choices) ? frame.choices.filter(isRecord) : [];
  return choices.some(({ finish_reason }) => typeof finish_reason === 'string');
}
