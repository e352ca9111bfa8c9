/**
 * The demo model's answer: what the tools returned, in words, and what it could not do. Adds nothing. At most eight lines:
 * it is a newcomer's first screen.
 */
import { type Facts, isReadable, type SeenFile } from './demo-facts.js';

export function digest(facts: Facts, offered: ReadonlySet<string>): string {
  const read = facts.files.filter(({ path }) => facts.reads.get(path)?.lines !== undefined);
  const lines = read.reduce((sum, { path }) => sum + (facts.reads.get(path)?.lines ?? 0), 0);
  return [
    'This answer comes from the built-in demo model. No AI wrote it: it counted what the tools returned.',
    `Seen: ${count(facts.files.length, 'file')}. Read: ${count(read.length, 'file')} with ${count(lines, 'line')} in all.`,
    ...counted(facts),
    ...unread(facts),
    ...(facts.search ? [`Search for "${facts.search.pattern}": ${facts.search.summary}.`] : []),
    ...inOneLine([...facts.problems, ...missing(offered)]),
    'For real work set a key, for example OPENAI_API_KEY or ANTHROPIC_API_KEY, or start a local Ollama.',
  ].join('\n');
}

// --- internal ---

const TOOLS = ['list_files', 'read_file', 'search_files'];
const NAMES = 10;
/** So many files are told with size and first line, and so many at all: the line is to fit a screen. */
const DETAILED = 4;
const COUNTED = 20;

function inOneLine(parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : [parts.join('; ')];
}

function counted(facts: Facts): string[] {
  const read = facts.files.filter(({ path }) => facts.reads.has(path));
  const texts = read.slice(0, COUNTED).flatMap((file) => fileText(facts, file, read.length <= DETAILED));
  const more = read.length > COUNTED ? [`and ${read.length - COUNTED} more`] : [];
  return inOneLine([...texts, ...more]);
}

function fileText(facts: Facts, { path, bytes }: SeenFile, detailed: boolean): string[] {
  const read = facts.reads.get(path);
  if (read === undefined) return [];
  if (read.lines === undefined) return [`${path}: could not be counted: ${read.problem}`];
  if (!detailed) return [`${path}: ${count(read.lines, 'line')}`];
  const heading = read.heading === undefined ? '' : `, begins with "${read.heading}"`;
  return [`${path}: ${count(read.lines, 'line')}, ${count(bytes, 'byte')}${heading}`];
}

function unread(facts: Facts): string[] {
  const left = facts.files.filter(({ path }) => !facts.reads.has(path));
  const why = left.some(isReadable) ? '' : ' (hidden or not text)';
  return [
    ...named(
      `Not read${why}`,
      left.map(({ path }) => path),
    ),
    ...named('Directories not opened', facts.unopened),
  ];
}

function named(what: string, paths: readonly string[]): string[] {
  const more = paths.length > NAMES ? ` and ${paths.length - NAMES} more` : '';
  return paths.length === 0 ? [] : [`${what}: ${paths.slice(0, NAMES).join(', ')}${more}.`];
}

function missing(offered: ReadonlySet<string>): string[] {
  const names = TOOLS.filter((name) => !offered.has(name));
  return names.length === 0 ? [] : [`Not on offer, so not used: ${names.join(', ')}.`];
}

const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;
