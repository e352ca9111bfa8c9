/**
 * JSON as text, for values that must not change: 1.0, 1e400 and 12345678901234567890 do not survive JSON.parse. All but
 * `problemOfJson` take text in which it found no problem. Pure.
 */

/** Names with the JSON text of their values. Pairs: an object would lose their order, and the first of two of one name. */
export type RawFields = readonly (readonly [name: string, json: string])[];

/** Lists and objects inside each other that serde_json takes. */
const MAX_DEPTH = 128;

/** A surrogate that is no half of a pair. */
const LONE_SURROGATE = /\p{Cs}/u;

/** What is wrong with the text; undefined: it is one JSON value. */
export function problemOfJson(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  let depth = 0;
  for (const { kind } of tokens(text)) {
    if (kind === 'open' && ++depth > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
    if (kind === 'close') depth--;
  }
  return undefined;
}

/** The text of a string; undefined for another value, and for one with a lone surrogate. */
export function stringOf(json: string): string | undefined {
  if (!json.startsWith('"')) return undefined;
  const text = JSON.parse(json) as string;
  return LONE_SURROGATE.test(text) ? undefined : text;
}

/** The values of a list; undefined for another value. */
export function valuesOf(json: string): string[] | undefined {
  return json.startsWith('[') ? piecesOf(json) : undefined;
}

/** The fields of an object, names as they stand there; undefined for another value. */
export function fieldsOf(json: string): [name: string, json: string][] | undefined {
  if (!json.startsWith('{')) return undefined;
  const pieces = piecesOf(json);
  return pieces.flatMap((name, i) => (i % 2 === 0 ? [[name, pieces[i + 1] ?? 'null']] : []));
}

/** The same value as serde and `JSON.stringify(…, null, 2)` lay it out at that depth; strings and numbers keep their text. */
export function layOut(json: string, depth: number): string {
  const laid: string[] = [];
  let at = depth;
  let opened = false;
  const line = (): string => `\n${'  '.repeat(at)}`;
  for (const { kind, start, end } of tokens(json)) {
    if (opened && kind !== 'close') {
      at++;
      laid.push(line());
    }
    if (kind === 'close' && !opened) {
      at--;
      laid.push(line());
    }
    laid.push(json.slice(start, end));
    if (kind === 'colon') laid.push(' ');
    if (kind === 'comma') laid.push(line());
    opened = kind === 'open';
  }
  return laid.join('');
}

// ---

interface Token {
  readonly kind: 'open' | 'close' | 'colon' | 'comma' | 'string' | 'word';
  readonly start: number;
  readonly end: number;
}

const MARKS: Readonly<Record<string, Token['kind']>> = {
  '{': 'open',
  '[': 'open',
  '}': 'close',
  ']': 'close',
  ':': 'colon',
  ',': 'comma',
};
const BLANKS = ' \t\n\r';

function* tokens(json: string): Generator<Token> {
  let end = 0;
  for (let start = 0; start < json.length; start = end) {
    const char = json.charAt(start);
    const mark = MARKS[char];
    end = start + 1;
    if (BLANKS.includes(char)) continue;
    if (mark) yield { kind: mark, start, end };
    else if (char === '"') {
      end = endOfString(json, start);
      yield { kind: 'string', start, end };
    } else {
      while (end < json.length && !BLANKS.includes(json.charAt(end)) && !MARKS[json.charAt(end)]) end++;
      yield { kind: 'word', start, end };
    }
  }
}

function endOfString(json: string, start: number): number {
  for (let from = start + 1; ; ) {
    const quote = json.indexOf('"', from);
    let slashes = 0;
    while (json[quote - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

/** What stands between the brackets, commas and colons of the outermost list or object. */
function piecesOf(json: string): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let from = 1;
  for (const { kind, start, end } of tokens(json)) {
    if (kind === 'open') depth++;
    if (kind === 'close') depth--;
    if (depth > 1 || (depth === 1 && kind !== 'comma' && kind !== 'colon')) continue;
    pieces.push(json.slice(from, start).trim());
    from = end;
  }
  return pieces.filter(Boolean);
}
