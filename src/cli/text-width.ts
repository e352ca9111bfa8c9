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

// ---

/** Most texts of a table: each character takes one column. */
const PRINTABLE_ASCII = /^[ -~]*$/;
