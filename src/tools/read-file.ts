/** Reads a text file of the workspace, or some lines of it. Memory stays bounded whatever the file's size. */
import { z } from 'zod';
import { Refusal } from '../domain/errors.js';
import { FIXED } from '../domain/limits.js';
import { quotedPath } from '../domain/visible.js';
import { type Capture, createCapture } from '../processes/capture.js';
import { createFileHash } from './file-version.js';
import { catchingErrors, failed, ok } from './outcome.js';
import { defineTool } from './tool.js';
import { openFile, resolveForTool } from './workspace.js';

const MAX_BYTES = 32 * 1024 * 1024;
const SNIFFED_BYTES = 8 * 1024;
const CHUNK_BYTES = 64 * 1024;
const MIN_CHUNK_BYTES = 4 * 1024;
const HEADER_BYTES = 5 * 1024;
const NEWLINE = 0x0a;

const input = z.strictObject({
  path: z.string().min(1).describe('Path relative to the workspace.'),
  offset: z.int().min(1).optional().describe('First line to read, counted from 1. Default 1.'),
  limit: z.int().min(1).optional().describe('Number of lines to read. Default: all.'),
});

type Args = z.infer<typeof input>;

export const readFile = defineTool({
  name: 'read_file',
  description:
    'Reads a text file in the workspace. The first line of the answer is [path: N lines, M bytes] for the whole ' +
    'file, the lines follow. At most 64 KiB are shown (beginning and end; read on with offset and limit). No binary ' +
    'files, no files over 32 MiB, no credential files. Control characters and invalid UTF-8 are shown as U+FFFD.',
  input,
  effect: 'read',
  replay: 'safe',
  placement: 'inline',
  run: catchingErrors(async (args, context) => {
    const place = await resolveForTool(context, args.path);
    const { file, size } = await openFile(place);
    try {
      if (size > MAX_BYTES)
        return failed(
          `${quotedPath(args.path)} has ${size} bytes, more than 32 MiB; read parts of it with a shell command.`,
        );
      const reader = createReader(args);
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, size + 1)));
      // A log that is being written grows while it is read.
      while (reader.bytes < MAX_BYTES) {
        context.signal.throwIfAborted();
        const { bytesRead } = await file.read(chunk, 0, chunk.length);
        if (bytesRead === 0) break;
        reader.push(chunk.subarray(0, bytesRead));
        // There was room for one byte more than the file has: nothing is left to read.
        if (bytesRead < chunk.length && reader.bytes >= size) break;
      }
      context.seen?.note(place.real, reader.hash());
      return ok(`[${place.shown}: ${reader.lines()} lines, ${reader.bytes} bytes]\n${reader.text()}`);
    } finally {
      await file.close();
    }
  }),
  touches: ({ path }) => ({ paths: [path] }),
  summary: ({ path }) => path,
});

// ---

interface Reader {
  readonly bytes: number;
  push(chunk: Buffer): void;
  /** A final newline ends the last line and does not begin another. */
  lines(): number;
  text(): string;
  /** Of everything that was read. Once. */
  hash(): string;
}

function createReader({ path, offset = 1, limit = Number.POSITIVE_INFINITY }: Args): Reader {
  const capture: Capture = createCapture();
  const content = createFileHash();
  let bytes = 0;
  let newlines = 0;
  let last = NEWLINE;
  let ended = false;
  const hasBegun = (): boolean => newlines >= offset - 1;
  const lines = (): number => newlines + (last === NEWLINE ? 0 : 1);

  return {
    get bytes() {
      return bytes;
    },
    push(chunk) {
      refuseBinary(path, chunk, bytes);
      content.update(chunk);
      let [from, to] = [hasBegun() ? 0 : chunk.length, chunk.length];
      for (let at = 0; at < chunk.length; at++) {
        if (chunk[at] !== NEWLINE) continue;
        newlines++;
        if (newlines === offset - 1) from = at + 1;
        if (newlines === offset + limit - 1) to = at + 1;
      }
      capture.push(chunk.subarray(from, ended ? 0 : to));
      ended = newlines >= offset + limit - 1;
      bytes += chunk.length;
      last = chunk[chunk.length - 1] ?? last;
    },
    lines,
    hash: () => content.end(),
    text() {
      if (offset > Math.max(1, lines())) return `[no line ${offset}: the file has ${lines()} lines]`;
      const maxBytes = FIXED.toolOutputBytes - HEADER_BYTES;
      return capture.text({ maxBytes, hint: (head) => readOnHint(offset, head) });
    },
  };
}

function readOnHint(offset: number, head: string): string {
  const line = offset + head.split('\n').length - 1;
  return line === offset
    ? `line ${line} alone is too long to be shown whole`
    : `read on with offset ${line} and a limit`;
}

function refuseBinary(path: string, chunk: Buffer, before: number): void {
  const sniffed = chunk.subarray(0, Math.max(0, SNIFFED_BYTES - before));
  if (sniffed.includes(0)) throw new Refusal(`${quotedPath(path)} is a binary file; only text can be read.`);
}
