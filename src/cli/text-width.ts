/** Text in columns of a terminal: East Asian characters and most emoji take two, combining marks none. */
import truncatedWidth from 'fast-string-truncated-width';

export function widthOf(text: string): number {
  return PRINTABLE_ASCII.test(text) ? text.length : truncatedWidth(text).width;
}

/** The text, or as much of it as fits with an ellipsis. */
export function cutToWidth(text: string, columns: number): string {
  if (PRINTABLE_ASCII.test(text)) return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
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
