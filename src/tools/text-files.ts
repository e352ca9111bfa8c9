/**
 * The text files at and under a path, with their text, a few at a time. Leaves out what is not searched: binary,
 * empty and big files, credentials, whatever cannot be read.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { isCredential } from '../domain/credentials.js';
import { Refusal } from '../domain/errors.js';
import { quotedPath } from '../domain/visible.js';
import { isWithin } from '../files/paths.js';
import { TooSlow } from './matcher.js';
import { filesContaining, type Listing } from './ripgrep.js';
import type { ToolContext } from './tool.js';
import { compareWalked, leavesOut, rulesAbove, type WalkedEntry, walk } from './walk.js';
import { type OpenedFile, openFile, type WorkspacePath } from './workspace.js';

const MAX_BYTES = 2 * 1024 * 1024;
const SNIFFED_BYTES = 8 * 1024;
const BATCH_FILES = 16;
const BATCH_BYTES = 4 * 1024 * 1024;

/** So many entries are gone through before another program is started: most workspaces have less. */
const MAX_WALKED_FILES = 500;
/** What is left for opening the files that it names. */
const RESERVED_MS = 400;

export interface Search {
  readonly place: WorkspacePath;
  readonly context: ToolContext;
  /** On the clock of performance.now(). */
  readonly deadline: number;
  /** Texts of which every file that matters holds one, and where ripgrep is, which finds such files. */
  readonly hint?: { readonly texts: readonly string[]; readonly ripgrep: string } | undefined;
  /** Whether what .gitignore names is searched too. */
  readonly ignored: boolean;
  /** Counted while the files are gone through. */
  readonly leftOut: LeftOut;
}

/** What was not searched, as far as it was counted. */
export interface LeftOut {
  binary: number;
  big: number;
  credentials: number;
  /** Names that are not UTF-8. */
  unnamed: number;
  /** Files, and directories as a whole. */
  ignored: number;
  /** ripgrep named the files: it does not say what it left out. */
  isPartial: boolean;
}

export interface TextFile {
  readonly shown: string;
  readonly text: string;
}

/**
 * Opened side by side: one after another the waiting between the system calls takes most of the time. Throws TooSlow
 * after the deadline, a Refusal when the one file that was named is too big.
 */
export async function* textFiles(search: Search): AsyncGenerator<TextFile[], void, void> {
  let batch: Candidate[] = [];
  let bytes = 0;
  const state = { complete: true };
  for await (const file of candidates(search, state)) {
    if (performance.now() > search.deadline) throw new TooSlow();
    if (file.size === 0) continue;
    batch.push(file);
    bytes += file.size;
    if (batch.length < BATCH_FILES && bytes < BATCH_BYTES) continue;
    yield await readAll(search, batch);
    batch = [];
    bytes = 0;
  }
  yield await readAll(search, batch);
  if (!state.complete) throw new TooSlow();
}

// ---

interface Candidate extends WorkspacePath {
  readonly size: number;
}

/** `complete` becomes false when not all files could be named in time. */
async function* candidates(search: Search, state: { complete: boolean }): AsyncGenerator<Candidate, void, void> {
  const { place, context } = search;
  const named = await lstat(place.real);
  if (!named.isDirectory()) {
    const what = `${quotedPath(place.shown)} has ${named.size} bytes`;
    if (named.size > MAX_BYTES) throw new Refusal(`${what}, more than the 2 MiB that are searched.`);
    yield { ...place, size: named.size };
    return;
  }
  const { leftOut, ignored } = search;
  const seen = new Set<string>();
  const walked = walk({ place, recursive: true, signal: context.signal, ignored, onIgnored: () => leftOut.ignored++ });
  for await (const entry of walked) {
    const listing = seen.size === MAX_WALKED_FILES ? await listed(search) : undefined;
    if (listing) {
      state.complete = listing.complete;
      leftOut.isPartial = true;
      for (const file of await inSearchOrder(search, listing)) if (!seen.has(file.real)) yield file;
      return;
    }
    const { real, shown } = entry;
    if (seen.size <= MAX_WALKED_FILES) seen.add(real);
    // Also what is left out is told, as empty: the deadline counts for a tree of nothing else too.
    yield { root: place.root, real, shown, size: await searchedSize(entry, search) };
  }
}

/** 0 for what is not searched. */
async function searchedSize(entry: WalkedEntry, { context, leftOut }: Search): Promise<number> {
  if (!entry.isNamed) leftOut.unnamed++;
  if (!entry.isNamed || entry.kind !== 'file') return 0;
  if (!context.secrets && isCredential(entry.real)) {
    leftOut.credentials++;
    return 0;
  }
  const size = (await entry.stats())?.size ?? 0;
  if (size <= MAX_BYTES) return size;
  leftOut.big++;
  return 0;
}

/** A program in the workspace may come from the model and is not trusted. */
async function listed({ place, context, deadline, hint, ignored }: Search): Promise<Listing | undefined> {
  if (!hint || isWithin(place.root, hint.ripgrep)) return undefined;
  return filesContaining({
    program: hint.ripgrep,
    texts: hint.texts,
    directory: place.real,
    ignored,
    maxBytes: MAX_BYTES,
    deadline: deadline - RESERVED_MS,
    signal: context.signal,
  });
}

/** As the walk would have come to them: nearest first, each directory sorted. */
async function inSearchOrder({ place, context, ignored }: Search, { names }: Listing): Promise<Candidate[]> {
  const above = ignored ? [] : await rulesAbove(place);
  const filesUnder = place.shown === '.' ? '' : place.shown;
  return names.toSorted(compareWalked).flatMap((name) => {
    const real = join(place.real, name);
    // Its size is known when it is opened; until then it counts as one of many.
    const file = { root: place.root, real, shown: join(filesUnder, name), size: BATCH_BYTES / BATCH_FILES };
    const isSearched = isWithin(place.real, real) && (context.secrets || !isCredential(real));
    return isSearched && !leavesOut(above, place.real, real) ? [file] : [];
  });
}

function readAll({ leftOut }: Search, files: readonly Candidate[]): Promise<TextFile[]> {
  return Promise.all(files.map((file) => read(file, leftOut)));
}

/** The text is empty when it is none, or cannot be read any more. */
async function read(place: Candidate, leftOut: LeftOut): Promise<TextFile> {
  const none = { shown: place.shown, text: '' };
  let opened: OpenedFile | undefined;
  try {
    opened = await openFile(place);
    if (opened.size > MAX_BYTES) {
      leftOut.big++;
      return none;
    }
    const buffer = Buffer.alloc(opened.size);
    const { bytesRead } = await opened.file.read(buffer, 0, buffer.length, 0);
    if (buffer.subarray(0, SNIFFED_BYTES).includes(0)) {
      leftOut.binary++;
      return none;
    }
    return { ...none, text: buffer.toString('utf8', 0, bytesRead) };
  } catch {
    return none;
  } finally {
    await opened?.file.close();
  }
}
