/**
 * The text files at and beneath a place, with their text, a few at a time. Leaves out what is not searched: binary,
 * empty and big files, credentials, whatever cannot be read.
 */
import { lstat } from 'node:fs/promises';
import { TooSlow } from './matcher.js';
import { quoted, Refusal } from './outcome.js';
import { isCredential } from './secrets.js';
import type { ToolContext } from './tool.js';
import { walk } from './walk.js';
import { type OpenedFile, openFile, type Place } from './workspace.js';

const MAX_BYTES = 2 * 1024 * 1024;
const SNIFFED_BYTES = 8 * 1024;
const BATCH_FILES = 16;
const BATCH_BYTES = 4 * 1024 * 1024;

export interface TextFile {
  readonly shown: string;
  readonly text: string;
}

/**
 * Opened side by side: one after another the waiting between the system calls takes most of the time. Throws TooSlow
 * after the deadline, a Refusal when the one file that was named is too big.
 */
export async function* textFiles(
  place: Place,
  context: ToolContext,
  deadline: number,
): AsyncGenerator<TextFile[], void, void> {
  let batch: Candidate[] = [];
  let bytes = 0;
  for await (const file of candidates(place, context)) {
    if (performance.now() > deadline) throw new TooSlow();
    if (file.size === 0) continue;
    batch.push(file);
    bytes += file.size;
    if (batch.length < BATCH_FILES && bytes < BATCH_BYTES) continue;
    yield await Promise.all(batch.map(read));
    batch = [];
    bytes = 0;
  }
  yield await Promise.all(batch.map(read));
}

// ---

interface Candidate extends Place {
  readonly size: number;
}

async function* candidates(place: Place, context: ToolContext): AsyncGenerator<Candidate, void, void> {
  const named = await lstat(place.real);
  if (!named.isDirectory()) {
    const what = `${quoted(place.shown)} has ${named.size} bytes`;
    if (named.size > MAX_BYTES) throw new Refusal(`${what}, more than the 2 MiB that are searched.`);
    yield { ...place, size: named.size };
    return;
  }
  for await (const { stats, shown, real } of walk({ place, recursive: true, signal: context.signal })) {
    // Also what is left out is told, as empty: the deadline counts for a tree of nothing else too.
    const wanted = stats.isFile() && stats.size <= MAX_BYTES && (context.secrets || !isCredential(real));
    yield { root: place.root, real, shown, size: wanted ? stats.size : 0 };
  }
}

/** The text is empty when it is none, or cannot be read any more. */
async function read(place: Candidate): Promise<TextFile> {
  const none = { shown: place.shown, text: '' };
  let opened: OpenedFile | undefined;
  try {
    opened = await openFile(place);
    if (opened.size > MAX_BYTES) return none;
    const buffer = Buffer.alloc(opened.size);
    const { bytesRead } = await opened.file.read(buffer, 0, buffer.length, 0);
    if (buffer.subarray(0, SNIFFED_BYTES).includes(0)) return none;
    return { ...none, text: buffer.toString('utf8', 0, bytesRead) };
  } catch {
    return none;
  } finally {
    await opened?.file.close();
  }
}
