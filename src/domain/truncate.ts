/**
 * Cuts a tool's output to what history and model can carry: keeps head and tail, with a notice between them that says
 * what is missing and how to read on. Cuts between code points, counts UTF-8 bytes. Pure.
 */
import { utf8Length } from './conversation.js';
import { FIXED } from './limits.js';

export interface TruncateOptions {
  /** Default 64 KiB, including the notice. */
  readonly maxBytes?: number;
  /** How to read the missing part: one sentence, or a function of the kept head. */
  readonly hint?: string | ((head: string) => string);
}

export function truncate(text: string, options: TruncateOptions = {}): string {
  const clean = withoutControls(text);
  if (utf8Length(clean) <= (options.maxBytes ?? FIXED.toolOutputBytes)) return clean;
  return joinParts({ head: clean, lost: 0, tail: '' }, options);
}

export interface Parts {
  readonly head: string;
  /** Bytes that were already dropped between head and tail. */
  readonly lost: number;
  readonly tail: string;
}

/** Like `truncate`, for a text of which the middle was never kept. */
export function joinParts(parts: Parts, { maxBytes = FIXED.toolOutputBytes, hint = '' }: TruncateOptions): string {
  const head = withoutControls(parts.head);
  const tail = withoutControls(parts.tail);
  const size = utf8Length(head) + utf8Length(tail);
  if (parts.lost === 0 && size <= maxBytes) return head + tail;
  const room = Math.max(0, maxBytes - NOTICE_BYTES);
  // Without a separate tail the text is one piece, and its end is the tail.
  const start = takeHead(head, Math.floor(room / 2));
  const rest = head.slice(start.length) + tail;
  const end = takeTail(rest, room - utf8Length(start));
  const lost = parts.lost + size - utf8Length(start) - utf8Length(end);
  return start + notice(lost, typeof hint === 'function' ? hint(start) : hint) + end;
}

/** The longest prefix of at most `maxBytes`. */
export function takeHead(text: string, maxBytes: number): string {
  let bytes = 0;
  let end = 0;
  for (const point of text) {
    bytes += utf8Length(point);
    if (bytes > maxBytes) break;
    end += point.length;
  }
  return text.slice(0, end);
}

/** The longest suffix of at most `maxBytes`. */
export function takeTail(text: string, maxBytes: number): string {
  let bytes = 0;
  let start = text.length;
  while (start > 0) {
    const width = isPairAt(text, start - 2) ? 2 : 1;
    bytes += utf8Length(text.slice(start - width, start));
    if (bytes > maxBytes) break;
    start -= width;
  }
  return text.slice(start);
}

/**
 * Replaces with U+FFFD: lone surrogates, which have no UTF-8 form, and control characters, which grow to six bytes in
 * JSON: 64 KiB of NULs would be 384 KiB in history.
 */
export function withoutControls(text: string): string {
  return text.replace(UNPRINTABLE, '\uFFFD');
}

// ---

const UNPRINTABLE = /[\x00-\x07\x0B\x0E-\x1F]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

const NOTICE_BYTES = 400;

function notice(lost: number, hint: string): string {
  const how = hint === '' ? '' : `; ${takeHead(hint, NOTICE_BYTES - 80)}`;
  return `\n[… ${lost} bytes left out${how}]\n`;
}

function isPairAt(text: string, at: number): boolean {
  return at >= 0 && (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}
