/**
 * Exact replacement within a text, where the end of a line counts as the same however it is written. What is put in
 * takes the line ends of its place; every other byte stays. Pure.
 */
import { utf8Length } from '../domain/conversation.js';

export interface Edit {
  readonly old: string;
  readonly new: string;
  readonly all: boolean;
  /** Of the whole text afterwards. */
  readonly maxBytes: number;
}

export type Replaced =
  | { readonly kind: 'replaced'; readonly text: string; readonly lines: readonly number[] }
  | { readonly kind: 'ambiguous'; readonly lines: readonly number[] }
  | { readonly kind: 'none'; readonly near?: Near }
  | { readonly kind: 'too_big' };

/** Where the text would be, were the difference not counted. */
export interface Near {
  readonly line: number;
  readonly text: string;
  readonly difference: 'white space' | 'the form of composed characters (NFC, NFD)' | 'typographic quotes and dashes';
}

export function replaceText(text: string, edit: Edit): Replaced {
  const plain = withUnixLineEnds(text);
  const old = withUnixLineEnds(edit.old);
  const hits = find(plain, old);
  const first = hits[0];
  if (first === undefined) return { kind: 'none', near: nearest(plain, old) };
  // One that overlaps the first leaves open which was meant, too.
  const second = hits[1] ?? plain.indexOf(old, first + 1);
  if (!edit.all && second !== -1) return { kind: 'ambiguous', lines: linesAt(plain, hits[1] ? hits : [first, second]) };
  const growth = utf8Length(edit.new) - utf8Length(old);
  if (utf8Length(text) + hits.length * growth > edit.maxBytes) return { kind: 'too_big' };
  return {
    kind: 'replaced',
    text: applyChange(text, { hits, length: old.length, replacement: withUnixLineEnds(edit.new) }),
    lines: linesAt(plain, hits),
  };
}

/** Line ends written in one way. */
export function withUnixLineEnds(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

// ---

function find(text: string, wanted: string): number[] {
  const hits: number[] = [];
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) hits.push(at);
  return hits;
}

/** `hits` ascend. Counted from 1. */
function linesAt(text: string, hits: readonly number[]): number[] {
  let line = 1;
  let next = text.indexOf('\n');
  return hits.map((hit) => {
    for (; next !== -1 && next < hit; next = text.indexOf('\n', next + 1)) line++;
    return line;
  });
}

interface Change {
  /** In the unified text. */
  readonly hits: readonly number[];
  readonly length: number;
  readonly replacement: string;
}

function applyChange(text: string, { hits, length, replacement }: Change): string {
  const toOriginal = offsetTranslator(text);
  const pieces: string[] = [];
  let copiedTo = 0;
  for (const hit of hits) {
    const start = toOriginal(hit);
    pieces.push(text.slice(copiedTo, start), replacement.replaceAll('\n', endingAt(text, start)));
    copiedTo = toOriginal(hit + length);
  }
  return pieces.join('') + text.slice(copiedTo);
}

/** From places in the unified text to those in the text itself; asked in ascending order. */
function offsetTranslator(text: string): (place: number) => number {
  let dropped = 0;
  let next = text.indexOf('\r\n');
  return (place) => {
    for (; next !== -1 && next - dropped < place; next = text.indexOf('\r\n', next + 2)) dropped++;
    return place + dropped;
  };
}

/** How the line ends there, or the one before the end of the text. */
function endingAt(text: string, place: number): string {
  const after = text.indexOf('\n', place);
  const end = after === -1 ? text.lastIndexOf('\n', place) : after;
  return end > 0 && text[end - 1] === '\r' ? '\r\n' : '\n';
}

/** More lines than these tell no more, and a text of equal lines would take for ever. */
const COMPARED_LINES = 50;

type Fold = (text: string) => string;

/** From the smallest difference to the greatest; each includes the ones before. */
const FOLDS: readonly (readonly [Near['difference'], Fold])[] = [
  ['white space', withoutSpaces],
  ['the form of composed characters (NFC, NFD)', (text) => withoutSpaces(text).normalize('NFC')],
  ['typographic quotes and dashes', (text) => plainSigns(withoutSpaces(text).normalize('NFC'))],
];

/** Where the first line is the same but for one of the differences. */
function nearest(text: string, old: string): Near | undefined {
  for (const [difference, fold] of FOLDS) {
    const found = nearestBy(fold, text, old);
    if (found) return { ...found, difference };
  }
  return undefined;
}

/** Where most lines, one after another, are the same once folded. */
function nearestBy(fold: Fold, text: string, old: string): Omit<Near, 'difference'> | undefined {
  const wanted = old.split('\n').map(fold);
  while (wanted[0] === '') wanted.shift();
  const [begin] = wanted;
  if (begin === undefined) return undefined;
  const lines = text.split('\n');
  const compared = lines.map(fold);
  let best = { line: 0, run: 0 };
  for (let at = 0; at < compared.length; at++) {
    if (!compared[at]?.includes(begin)) continue;
    let run = 1;
    while (run < Math.min(wanted.length, COMPARED_LINES) && compared[at + run]?.includes(wanted[run] ?? '')) run++;
    if (run > best.run) best = { line: at + 1, run };
  }
  return best.run === 0 ? undefined : { line: best.line, text: lines[best.line - 1] ?? '' };
}

function withoutSpaces(line: string): string {
  return line.replace(/\s+/g, '');
}

function plainSigns(line: string): string {
  return line
    .replace(/[\u2018\u2019\u201a\u201b\u2032]/g, "'")
    .replace(/[\u201c-\u201f\u2033\u00ab\u00bb]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replaceAll('\u2026', '...');
}
