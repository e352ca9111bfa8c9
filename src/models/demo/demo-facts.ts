/**
 * What the tools have told the demo model so far, read from the conversation. It knows the formats of `list_files`,
 * `read_file` and `search_files`; what it cannot read is kept as a problem, never guessed.
 */

import { isNotice } from '../../domain/compaction.js';
import type { Call, Message, ToolMessage } from '../../domain/conversation.js';

export interface SeenFile {
  readonly path: string;
  readonly bytes: number;
}

export interface ReadFile {
  /** As the tool counted them; absent when it could not read the file. */
  readonly lines?: number;
  /** The first heading, else the first line with text. */
  readonly heading?: string;
  readonly problem?: string;
}

export interface Facts {
  /** Directories that were asked for, in order. */
  readonly listed: readonly string[];
  /** Directories seen at the top that are worth a look: not hidden, not full of other people's files. */
  readonly directories: readonly string[];
  /** Directories that were seen, and not listed. */
  readonly unopened: readonly string[];
  /** All files seen: a README first, then as they were listed. */
  readonly files: readonly SeenFile[];
  readonly reads: ReadonlyMap<string, ReadFile>;
  readonly search?: { readonly pattern: string; readonly summary: string };
  /** Listings that failed. */
  readonly problems: readonly string[];
}

export function factsOf(messages: readonly Message[]): Facts {
  const answered = answeredCalls(messages);
  const lists = answered.filter(({ call }) => call.name === 'list_files');
  const reads = answered.filter(({ call }) => call.name === 'read_file');
  const search = answered.find(({ call }) => call.name === 'search_files');
  const entries = lists.flatMap(({ result }) => (result.outcome === 'ok' ? result.content.split('\n') : []));
  const [top] = lists;
  const topEntries = top?.result.outcome === 'ok' ? top.result.content.split('\n') : [];
  const listed = lists.map(({ call }) => textOf(call, 'path'));
  return {
    listed,
    directories: topEntries.flatMap(toDirectory).filter((path) => !path.startsWith('.') && !HEAPS.includes(path)),
    unopened: entries.flatMap(toDirectory).filter((path) => !listed.includes(path)),
    files: entries.flatMap(toFile).sort((a, b) => Number(isReadme(b)) - Number(isReadme(a))),
    reads: new Map(reads.map(({ call, result }) => [textOf(call, 'path'), toRead(result)])),
    ...(search && { search: { pattern: textOf(search.call, 'pattern'), summary: searchSummary(search.result) } }),
    problems: lists.flatMap(({ call, result }) => problemOf(call, result)),
  };
}

/** Hidden files and those whose names say that they are no text are counted, not read. */
export function isReadable({ path }: SeenFile): boolean {
  return !/(^|\/)\./.test(path) && !BINARY.test(path);
}

// --- internal ---

const BINARY =
  /\.(png|jpe?g|gif|webp|ico|bmp|pdf|zip|gz|tgz|bz2|xz|7z|tar|jar|so|o|a|dll|dylib|exe|bin|wasm|class|pyc|db|sqlite3?|woff2?|ttf|otf|mp[34]|m4a|mov|avi|webm|ogg|wav)$/i;

/** Directories that hold other people's files. */
const HEAPS = ['node_modules', 'dist', 'target'];

interface Answered {
  readonly call: Call;
  readonly result: ToolMessage;
}

function answeredCalls(messages: readonly Message[]): Answered[] {
  const results = new Map<string, ToolMessage>();
  for (const message of messages) if (message.role === 'tool') results.set(message.call, message);
  const calls = messages.flatMap((message) => (message.role === 'assistant' ? (message.calls ?? []) : []));
  return calls.flatMap((call) => {
    const result = results.get(call.id);
    return result ? [{ call, result }] : [];
  });
}

function toFile(entry: string): SeenFile[] {
  const match = /^(.+)\t(\d+)$/.exec(entry);
  return match ? [{ path: match[1] ?? '', bytes: Number(match[2]) }] : [];
}

const toDirectory = (entry: string): string[] => (/^[^\t]+\/$/.test(entry) ? [entry.slice(0, -1)] : []);

function toRead(result: ToolMessage): ReadFile {
  if (result.outcome !== 'ok') return { problem: firstLine(result.content) };
  if (isNotice(result)) return { problem: 'its text is no longer in the conversation' };
  const [header = '', ...lines] = result.content.split('\n');
  const count = /: (\d+) lines?, \d+ bytes\]$/.exec(header)?.[1];
  if (count === undefined) return { problem: 'the tool gave no line count' };
  const heading = lines.find((line) => /^#+ /.test(line)) ?? lines.find((line) => line.trim() !== '');
  return { lines: Number(count), ...(heading !== undefined && { heading: heading.trim().slice(0, 60) }) };
}

function searchSummary(result: ToolMessage): string {
  const counted = /^\[(\d+ match.*)\]$/m.exec(result.content)?.[1];
  return result.outcome === 'ok' && !isNotice(result) ? (counted ?? '') : firstLine(result.content);
}

const problemOf = (call: Call, { outcome, content }: ToolMessage): string[] =>
  outcome === 'ok' ? [] : [`${textOf(call, 'path')} could not be listed: ${firstLine(content)}`];

function textOf(call: Call, name: string): string {
  const value = (call.args as Record<string, unknown> | null)?.[name];
  return typeof value === 'string' ? value : '';
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
const isReadme = ({ path }: SeenFile): boolean => /^readme/i.test(path);
