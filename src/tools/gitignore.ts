/**
 * The patterns of a .gitignore file, matched in time that grows with pattern times name: a cloned repository can hold any
 * pattern, and the regular expressions that libraries make of `*a*a*a*b` go back and forth for minutes. As described in
 * gitignore(5). Pure.
 */

import { align } from '../policy/glob.js';

/** The rules of one file. */
export interface IgnoreRules {
  /**
   * `path`: relative to the directory of the file, with `/`.
   * @returns whether it is ignored; undefined when no rule speaks of it
   */
  decide(path: string, isDirectory: boolean): boolean | undefined;
}

/** More patterns than these are cut off: each is tried on each name. */
const MAX_PATTERNS = 2_000;

export function parseIgnoreRules(text: string): IgnoreRules {
  const rules = text
    .split(/\r?\n/)
    .slice(0, MAX_PATTERNS)
    .flatMap((line) => parseLine(line) ?? []);
  return {
    decide(path, isDirectory) {
      const names = path.split('/');
      const last = rules.findLast((rule) => (isDirectory || !rule.directoriesOnly) && matches(rule, names));
      return last && !last.negated;
    },
  };
}

// ---

interface Rule {
  readonly negated: boolean;
  readonly directoriesOnly: boolean;
  /** Of a pattern without a slash: it matches names at any depth. */
  readonly anywhere: boolean;
  /** `**` or the pieces of one name. */
  readonly segments: readonly Segment[];
}

type Segment = '**' | readonly Piece[];
type Piece = '*' | ((char: string) => boolean);

function parseLine(line: string): Rule | undefined {
  let text = line.replace(/(?<!\\) +$/, '');
  if (text === '' || text.startsWith('#')) return undefined;
  const negated = text.startsWith('!');
  if (negated) text = text.slice(1);
  const directoriesOnly = text.endsWith('/');
  if (directoriesOnly) text = text.slice(0, -1);
  const anywhere = !text.includes('/');
  const parts = text.replace(/^\//, '').split('/');
  const segments = parts.map((part) => (part === '**' ? '**' : piecesOf(part)));
  if (text === '' || segments.some((segment) => segment === undefined)) return undefined;
  return { negated, directoriesOnly, anywhere, segments: segments as Segment[] };
}

/** @returns undefined for a class that is not closed: such a pattern matches nothing */
function piecesOf(part: string): Piece[] | undefined {
  const chars = [...part];
  const pieces: Piece[] = [];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? '';
    if (char === '*') {
      if (pieces.at(-1) !== '*') pieces.push('*');
    } else if (char === '?') pieces.push(() => true);
    else if (char === '[') {
      const end = endOfClass(chars, at);
      if (end === -1) return undefined;
      pieces.push(classOf(chars.slice(at + 1, end)));
      at = end;
    } else {
      if (char === '\\') at++;
      const literal = chars[at];
      if (literal === undefined) return undefined;
      pieces.push((given) => given === literal);
    }
  }
  return pieces;
}

/** A `]` at the beginning is one of the characters. */
function endOfClass(chars: readonly string[], open: number): number {
  const first = chars[open + 1] === '!' || chars[open + 1] === '^' ? open + 2 : open + 1;
  for (let at = first; at < chars.length; at++) {
    if (chars[at] === '\\') at++;
    else if (chars[at] === ']' && at > first) return at;
  }
  return -1;
}

function classOf(chars: readonly string[]): (char: string) => boolean {
  const negated = chars[0] === '!' || chars[0] === '^';
  const ranges: [string, string][] = [];
  const listed = chars.slice(negated ? 1 : 0);
  for (let at = 0; at < listed.length; at++) {
    if (listed[at] === '\\') at++;
    const from = listed[at] ?? '';
    const isRange = listed[at + 1] === '-' && at + 2 < listed.length;
    if (isRange) at += listed[at + 2] === '\\' ? 3 : 2;
    ranges.push([from, isRange ? (listed[at] ?? from) : from]);
  }
  return (char) => ranges.some(([from, to]) => from <= char && char <= to) !== negated;
}

function matches({ anywhere, segments }: Rule, names: readonly string[]): boolean {
  const [only] = segments;
  if (anywhere && only !== undefined) return only === '**' || matchesName(only, names.at(-1) ?? '');
  const isStar = (segment: Segment): boolean => segment === '**';
  const rest = align(segments, names, {
    isStar,
    matches: (segment, name) => segment !== '**' && matchesName(segment, name),
  });
  // `a/**` is what lies under `a`, never `a` itself.
  return rest?.length === 0;
}

function matchesName(pieces: readonly Piece[], text: string): boolean {
  const isStar = (piece: Piece): boolean => piece === '*';
  const rest = align(pieces, [...text], { isStar, matches: (piece, char) => piece !== '*' && piece(char) });
  return rest?.every(isStar) ?? false;
}
