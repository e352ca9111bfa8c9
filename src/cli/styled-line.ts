/**
 * Lines for people: pieces of text, each of which may carry a meaning that a terminal shows as a colour. The text says all
 * of it without colours too. Pure.
 */
import { visibleLine } from '../domain/visible.js';
import { cutToWidth, widthOf } from './text-width.js';

/** `name`: of a tool or a command. `faint`: less important than the rest. */
export type Tone = 'good' | 'bad' | 'attention' | 'name' | 'faint';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export type Line = readonly (string | Span)[];

export interface LineForm {
  /** Absent: the line is as long as it is. */
  readonly columns?: number;
  readonly color: boolean;
}

export function toned(tone: Tone, text: string): Span {
  return { text, tone };
}

/** The line as it is written: on one row, without characters that a terminal would interpret but our own colours. */
export function shownText(line: Line, { columns = Number.POSITIVE_INFINITY, color }: LineForm): string {
  let left = columns;
  let shown = '';
  for (const piece of line) {
    const { text, tone } = typeof piece === 'string' ? { text: piece, tone: undefined } : piece;
    const safe = visibleLine(text);
    const width = widthOf(safe);
    const part = width > left ? cutToWidth(safe, left) : safe;
    shown += color && tone !== undefined && part !== '' ? `${CODES[tone]}${part}${RESET}` : part;
    if (width > left) break;
    left -= width;
    // The next piece needs a place for its ellipsis.
    if (left < 1) break;
  }
  return shown;
}

// ---

const RESET = '\u001b[0m';
const CODES: Readonly<Record<Tone, string>> = {
  good: '\u001b[32m',
  bad: '\u001b[31m',
  attention: '\u001b[33m',
  name: '\u001b[36m',
  faint: '\u001b[2m',
};
