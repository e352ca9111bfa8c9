/**
 * A provider's event stream on its way to the AI SDK, event by event: errors in it become `RookeryError`s, odd fields are
 * corrected, pings are left out, and the finish that some endpoints leave out is put in.
 */
import { RookeryError } from '../../domain/errors.js';
import { badReply, frameFailure, networkFailure, type Peer } from '../errors/failures.js';
import { isRecord, parseJson } from '../errors/provider-words.js';
import { type Frame, UnreadableField } from './frame-fields.js';
import { type Dialect, errorIn, frameNormaliser } from './normalise-frames.js';

export interface Incoming {
  /** What was read to see what it is. */
  readonly head: string;
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly decoder: { decode(bytes: Uint8Array, options: { stream: boolean }): string };
  readonly peer: Peer;
  readonly dialect: Dialect;
}

/** More than this is a broken endpoint, not a reply. */
const MAX_CHARS = 32 * 1024 * 1024;

const encoder = new TextEncoder();

export async function* eventsOnly(incoming: Incoming): AsyncGenerator<Uint8Array> {
  const { peer } = incoming;
  const read = lineReader(incoming);
  let carry = '';
  for await (const text of texts(incoming)) {
    const lines = (carry + text).split('\n');
    carry = lines.pop() ?? '';
    const events = readable(peer, () => lines.map(read).join(''));
    if (events !== '') yield encoder.encode(events);
  }
  // The end of the stream ends its last event.
  const rest = readable(peer, () => read(carry) + read(''));
  if (rest !== '') yield encoder.encode(rest);
}

/** A body that is no stream, read to its end. */
export async function wholeText(incoming: Incoming): Promise<string> {
  let whole = '';
  for await (const text of texts(incoming)) whole += text;
  return whole;
}

/** Frames of a reply that came whole. */
export function framesAsEvents(frames: readonly Frame[], dialect: Dialect, peer: Peer): string {
  const normalise = frameNormaliser(dialect);
  return readable(peer, () => frames.map((frame) => eventOf(normalise(frame))).join(''));
}

// --- internal ---

async function* texts({ head, reader, decoder, peer }: Incoming): AsyncGenerator<string> {
  let length = head.length;
  try {
    yield head;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const text = decoder.decode(value, { stream: true });
      length += text.length;
      if (length > MAX_CHARS) throw badReply(peer, 'more than 32 MiB for one reply');
      yield text;
    }
  } catch (error) {
    throw error instanceof RookeryError ? error : networkFailure(peer, error);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function readable<T>(peer: Peer, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof UnreadableField ? badReply(peer, error.message) : error;
  }
}

const FINISH = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };

/** Takes lines and returns the events that they complete. */
function lineReader({ peer, dialect }: Incoming): (line: string) => string {
  const normalise = frameNormaliser(dialect);
  let finished = dialect !== 'openai';
  let event: string | undefined;
  let data: string[] = [];

  const done = (): string => {
    const end = 'data: [DONE]\n\n';
    return finished ? end : eventOf(FINISH) + end;
  };
  const frame = (text: string): string => {
    const parsed = parseJson(text);
    // The AI SDK says what is wrong with broken JSON; words without meaning, such as a ping, are left out.
    if (!isRecord(parsed)) return /^\s*[[{]/.test(text) ? `data: ${text.replaceAll('\n', ' ')}\n\n` : '';
    const error = errorIn(parsed, event);
    if (error !== undefined) throw frameFailure(peer, error);
    const named = dialect === 'anthropic' && event !== undefined ? { type: event, ...parsed } : parsed;
    const normal = normalise(named);
    finished ||= hasFinish(normal);
    return eventOf(normal);
  };
  const flush = (): string => {
    const text = data.join('\n');
    data = [];
    const events = text === '' ? '' : frame(text);
    event = undefined;
    return events;
  };

  return (raw) => {
    const line = raw.replace(/^\uFEFF|\r$/g, '');
    if (line === '') return flush();
    const [, field = '', value = ''] = /^([a-z]*): ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') event = value.trim();
    else if (field === 'error') throw frameFailure(peer, parseJson(value) ?? value);
    else if (field === 'data') {
      if (/^\[done\]$/i.test(value.trim())) return flush() + done();
      data.push(value);
      // Some endpoints leave the empty line between two events out.
      if (isRecord(parseJson(data.join('\n')))) return flush();
    }
    return '';
  };
}

function hasFinish(frame: Frame | undefined): boolean {
  const choices = Array.isArray(frame?.choices) ? frame.choices.filter(isRecord) : [];
  return choices.some(({ finish_reason }) => typeof finish_reason === 'string');
}

/** The AI SDK reads the data alone. */
const eventOf = (frame: Frame | undefined): string => (frame === undefined ? '' : `data: ${JSON.stringify(frame)}\n\n`);
