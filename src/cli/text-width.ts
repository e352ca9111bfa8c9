/** Text in columns of a terminal: East Asian characters and most emoji take two, combining marks none. */
import truncatedWidth from 'fast-string-truncated-width';

export function widthOf(text: string): number {
  return truncatedWidth(text).width;
}

/** The text, or as much of it as fits with an ellipsis. */
export function cutToWidth(text: string, columns: number): string {
  const { index, ellipsed } = truncatedWidth(text, { limit: Math.max(1, columns), ellipsis: '…', ellipsisWidth: 1 });
  return index >= text.length ? text : `${text.slice(0, index)}${ellipsed ? '…' : ''}`;
}

export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}
