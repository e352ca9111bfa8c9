/** The bytes of an answer, read as they come: from a stream of Node, which takes least, or from one of the web. */
import { Readable } from 'node:stream';

export type AnswerBody = Readable | ReadableStream<Uint8Array>;

export interface ByteSource {
  /** All that has come since the last time; undefined at the end. Throws what breaks the connection. */
  read(): Promise<Uint8Array | undefined>;
  /** Nothing more is wanted. */
  cancel(): void;
}

export function byteSource(body: AnswerBody): ByteSource {
  return body instanceof Readable ? nodeSource(body) : webSource(body);
}

export function webStream(body: AnswerBody | null): ReadableStream<Uint8Array> | null {
  return body instanceof Readable ? (Readable.toWeb(body) as ReadableStream<Uint8Array>) : body;
}

// --- internal ---

function nodeSource(body: Readable): ByteSource {
  let wake = (): void => undefined;
  // An error is read from the stream; without a listener it would be thrown at the process.
  for (const event of ['readable', 'end', 'error', 'close']) body.on(event, () => wake());
  return {
    async read() {
      for (;;) {
        const bytes = body.read() as Uint8Array | null;
        if (bytes !== null) return bytes;
        if (body.errored) throw body.errored;
        if (body.readableEnded || body.destroyed) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    cancel: () => void body.destroy(),
  };
}

function webSource(body: ReadableStream<Uint8Array>): ByteSource {
  const reader = body.getReader();
  return {
    async read() {
      const { done, value } = await reader.read();
      return done ? undefined : value;
    },
    cancel: () => void reader.cancel().catch(() => undefined),
  };
}
