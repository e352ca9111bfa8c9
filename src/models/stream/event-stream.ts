/**
 * The body of a provider's answer on its way to the AI SDK. It is read as fast as it comes. The first events are handed on
 * at once, so that the reply is seen to begin, the others together ten times a second and at the end.
 */
import { RookeryError } from '../../domain/errors.js';
import { badReply, networkFailure, type Peer } from '../errors/failures.js';
import type { ByteSource } from './byte-source.js';
import { EventLines, eventOf } from './event-lines.js';
import { type Frame, UnreadableField } from './frame-fields.js';
import { type Dialect, frameNormaliser } from './normalise-frames.js';

export interface Incoming {
  /** What was read to see what it is. */
  readonly head: string;
  readonly source: ByteSource;
  readonly decoder: { decode(bytes: Uint8Array, options: { stream: boolean }): string };
  readonly peer: Peer;
  readonly dialect: Dialect;
}

export function eventsOnly(incoming: Incoming): ReadableStream<Uint8Array> {
  let cancelled = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (events: string): void => {
          if (events !== '' && !cancelled) controller.enqueue(encoder.encode(events));
        };
        sendEvents(incoming, send).then(
          () => cancelled || controller.close(),
          (error: unknown) => controller.error(error),
        );
      },
      cancel() {
        cancelled = true;
        incoming.source.cancel();
      },
    },
    // All that has come is kept here: what a reply may have is limited.
    { highWaterMark: Number.POSITIVE_INFINITY },
  );
}

/** A body that is no stream, read to its end. */
export async function wholeText(incoming: Incoming): Promise<string> {
  let whole = '';
  await readTexts(incoming, (text) => {
    whole += text;
  });
  return whole;
}

/** Frames of a reply that came whole. */
export function framesAsEvents(frames: readonly Frame[], dialect: Dialect, peer: Peer): string {
  const normalise = frameNormaliser(dialect);
  return readable(peer, () => frames.map((frame) => eventOf(normalise(frame))).join(''));
}

// --- internal ---

/** More than this is a broken endpoint, not a reply. */
const MAX_CHARS = 32 * 1024 * 1024;

/** As often as a person may see a text grow. */
const GATHER_MS = 100;

const encoder = new TextEncoder();

async function sendEvents(incoming: Incoming, send: (events: string) => void): Promise<void> {
  const lines = new EventLines(incoming.peer, incoming.dialect);
  let carry = '';
  let gathered = '';
  let timer: NodeJS.Timeout | undefined;
  const sendGathered = (): void => {
    timer = undefined;
    send(gathered + lines.release());
    gathered = '';
  };
  try {
    await readTexts(incoming, (text) => {
      const whole = (carry + text).split('\n');
      carry = whole.pop() ?? '';
      const begun = lines.begun;
      readable(incoming.peer, () => {
        for (const line of whole) gathered += lines.add(line);
      });
      if (lines.begun && !begun) sendGathered();
      else timer ??= setTimeout(sendGathered, GATHER_MS);
    });
    // The end of the stream ends its last event.
    gathered += readable(incoming.peer, () => lines.add(carry) + lines.add(''));
    sendGathered();
  } finally {
    clearTimeout(timer);
  }
}

async function readTexts(incoming: Incoming, take: (text: string) => void): Promise<void> {
  const { head, source, decoder, peer } = incoming;
  let length = head.length;
  try {
    take(head);
    for (;;) {
      const bytes = await source.read();
      if (!bytes) return;
      const text = decoder.decode(bytes, { stream: true });
      length += text.length;
      if (length > MAX_CHARS) throw badReply(peer, 'more than 32 MiB for one reply');
      take(text);
    }
  } catch (error) {
    source.cancel();
    throw error instanceof RookeryError ? error : networkFailure(peer, error);
  }
}

function readable<T>(peer: Peer, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof UnreadableField ? badReply(peer, error.message) : error;
  }
}
