/** Text in columns of a terminal: East Asian characters and most emoji take two, combining marks none. */
import truncatedWidth from 'fast-string-truncated-width';

export function widthOf(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  return SIMPLE.test(text) ? simpleWidth(text) : truncatedWidth(text).width;
}

/** The text, or as much of it as fits with an ellipsis. */
export function cutToWidth(text: string, columns: number): string {
  if (PRINTABLE_ASCII.test(text)) return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
  if (SIMPLE.test(text)) return cutSimple(text, Math.max(1, columns));
  const { index, ellipsed } = truncatedWidth(text, { limit: Math.max(1, columns), ellipsis: '…', ellipsisWidth: 1 });
  return index >= text.length ? text : `${text.slice(0, index)}${ellipsed ? '…' : ''}`;
}

export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** Cut or padded: as many columns as there are. */
export function fitToWidth(text: string, columns: number): string {
  if (PRINTABLE_ASCII.test(text)) return text.length > columns ? cutToWidth(text, columns) : text.padEnd(columns);
  return padToWidth(cutToWidth(text, columns), columns);
}

/** The lines of a text in rows of at most so many columns, broken between words where that is possible. */
export function wrapToWidth(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, Math.max(2, columns)));
}

// ---

/** Most texts of a table: each character takes one column. */
const PRINTABLE_ASCII = /^[ -~]*$/;
/**
 * Nearly all others: Latin, Greek, Cyrillic, punctuation and arrows take one column, kana, Chinese and Korean characters two.
 * None of them changes its neighbours, so that a loop knows in a tenth of the time what the library says.
 */
const SIMPLE =
  /^[ -~\u00a1-\u00ac\u00ae-\u017f\u0391-\u03a1\u03a3-\u03ff\u0410-\u044f\u2010-\u2027\u2190-\u21ff\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fef\uac00-\ud7a3]*$/;
const FIRST_WIDE = 0x3041;

function simpleWidth(text: string): number {
  let width = text.length;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= FIRST_WIDE) width++;
  return width;
}

function cutSimple(text: string, columns: number): string {
  let width = 0;
  /** As much as leaves a column for the ellipsis. */
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    width += text.charCodeAt(at) >= FIRST_WIDE ? 2 : 1;
    if (width > columns) return `${text.slice(0, end)}…`;
    if (width < columns) end = at + 1;
  }
  return text;
}

function wrapLine(line: string, columns: number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const [word] of line.matchAll(/\s+|\S+/gu)) {
    if (widthOf(row + word) <= columns) {
      row += word;
      continue;
    }
    const isSpace = word.trim() === '';
    if (row !== '') rows.push(row.trimEnd());
    row = isSpace ? '' : word;
    for (let head = headOf(row, columns); head.length < row.length; head = headOf(row, columns)) {
      rows.push(head);
      row = row.slice(head.length);
    }
  }
  return [...rows, row.trimEnd()];
}

/** As much of the text as fits, and at least one character. */
function headOf(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  const { index } = truncatedWidth(text, { limit: columns, ellipsis: '', ellipsisWidth: 0 });
  return text.slice(0, Math.max(index, String.fromCodePoint(text.codePointAt(0) ?? 0).length));
}
