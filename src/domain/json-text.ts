/**
 * JSON as text, for values that must not change: 1.0, 1e400 and 12345678901234567890 do not survive JSON.parse. All
 * functions except `problemOfJson` take text in which it found no problem. Pure.
 */

/**
 * Names with the JSON text of their values. Pairs, because an object would lose their order and the first of two equal
 * names.
 */
export type RawFields = readonly (readonly [name: string, json: string])[];

/** @returns what is wrong with the text; undefined when it is one JSON value */
export function problemOfJson(text: string): string | undefined {
  const read = readJson(text);
  return 'problem' in read ? read.problem : undefined;
}

/** The value in JavaScript, for values that survive the conversion. */
export function readJson(text: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** @returns the text of a string; undefined for another value and for a string with a lone surrogate */
export function stringOf(json: string): string | undefined {
  if (!json.startsWith('"')) return undefined;
  // Nearly every name has no escapes.
  const text = json.includes('\\') ? (JSON.parse(json) as string) : json.slice(1, -1);
  return text.isWellFormed() ? text : undefined;
}

/** @returns the values of a list; undefined for another value */
export function valuesOf(json: string): string[] | undefined {
  return json.startsWith('[') ? piecesOf(json) : undefined;
}

/** @returns the fields of an object, names unescaped; undefined for another value */
export function rawFieldsOf(json: string): [name: string, json: string][] | undefined {
  if (!json.startsWith('{')) return undefined;
  const pieces = piecesOf(json);
  const fields: [string, string][] = [];
  for (let i = 0; i < pieces.length; i += 2) fields.push([pieces[i] ?? '', pieces[i + 1] ?? 'null']);
  return fields;
}

/** The maximum nesting depth of lists and objects; 0 when the value is neither. */
export function depthOf(json: string): number {
  let depth = 0;
  let most = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at) - 1;
    else if (code === BRACE || code === BRACKET) most = Math.max(most, ++depth);
    else if (code === BRACE_END || code === BRACKET_END) depth--;
  }
  return most;
}

/** A value with more levels keeps its own layout: its lines would be mostly indentation. */
const LAID_OUT_DEPTH = 128;

/**
 * The value in the layout of serde and `JSON.stringify(…, null, 2)` at that depth; strings and numbers keep their text.
 */
export function layOut(json: string, depth: number): string {
  if (depthOf(json) > LAID_OUT_DEPTH) return json;
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
const [QUOTE, COMMA, COLON, BRACE, BRACE_END, BRACKET, BRACKET_END] = [34, 44, 58, 123, 125, 91, 93];
const BLANKS = ' \t\n\r';

function* tokens(json: string): Generator<Token> {
  let end = 0;
  for (let start = 0; start < json.length; start = end) {
    const char = json.charAt(start);
    end = start + 1;
    if (BLANKS.includes(char)) continue;
    const mark = MARKS[char];
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

/** The elements between the brackets, commas and colons of the outermost list or object. */
function piecesOf(json: string): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let from = 1;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at) - 1;
    else if (code === BRACE || code === BRACKET) depth++;
    else if (code === BRACE_END || code === BRACKET_END) depth--;
    else if (depth > 1 || (code !== COMMA && code !== COLON)) continue;
    else {
      pieces.push(json.slice(from, at).trim());
      from = at + 1;
    }
  }
  pieces.push(json.slice(from, -1).trim());
  return pieces.filter(Boolean);
}
