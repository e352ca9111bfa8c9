/**
 * Removes known secrets from texts: verbatim, in base64 at each of the three alignments, in hex, percent-encoded and
 * JSON-escaped. Does not detect texts that only look like secrets. Pure.
 */

const SHORTEST = 8;

/** Ignores shorter secrets: they occur in innocent texts too. */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const kept = [...new Set(secrets)].filter(({ length }) => length >= SHORTEST);
  if (kept.length === 0) return (text) => text;
  // Of two secrets with a common prefix the longer one goes first, or its end would stay.
  kept.sort((a, b) => b.length - a.length);
  const pattern = new RegExp(kept.flatMap(formsOf).join('|'), 'g');
  return (text) => text.replace(pattern, '[key]');
}

// ---

/** Patterns of one secret. */
function formsOf(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [
    [...secret].map(asInAddress).join(''),
    ...(escaped === secret ? [] : [literal(escaped)]),
    [...bytes].map(asHex).join(''),
    ...[0, 1, 2].map((before) => base64(bytes, before)),
  ];
}

/** One character, raw or percent-encoded: encoders differ in what they leave raw. */
function asInAddress(char: string): string {
  const bytes = [...new TextEncoder().encode(char)];
  const ways = [bytes.map((byte) => `%${asHex(byte)}`).join(''), literal(char), ...(char === ' ' ? ['\\+'] : [])];
  return `(?:${ways.join('|')})`;
}

function asHex(byte: number): string {
  return byte.toString(16).padStart(2, '0').replace(/[a-f]/g, eitherCase);
}

function eitherCase(letter: string): string {
  return `[${letter}${letter.toUpperCase()}]`;
}

function literal(text: string): string {
  return [...Array(text.length).keys()].map((at) => unit(text.charCodeAt(at))).join('');
}

/** Letters and digits verbatim: the engine does not compile a long pattern to machine code. */
function unit(code: number): string {
  const char = String.fromCharCode(code);
  return /[A-Za-z0-9]/.test(char) ? char : `\\u${code.toString(16).padStart(4, '0')}`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * The characters that the secret alone determines when so many bytes precede it. The partly determined one after them,
 * if present, is removed with the padding.
 */
function base64(bytes: Uint8Array, before: number): string {
  const bits = [...new Uint8Array(before), ...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const first = Math.ceil((before * 8) / 6);
  const whole = Math.floor(bits.length / 6);
  const core = [...Array(whole).keys()].slice(first).map((at) => sextet(bits.slice(at * 6, at * 6 + 6)));
  const rest = bits.slice(whole * 6);
  if (rest === '') return core.join('');
  const last = [...Array(ALPHABET.length).keys()].filter((at) => at.toString(2).padStart(6, '0').startsWith(rest));
  return `${core.join('')}(?:[${last.map(signs).join('')}]={0,2})?`;
}

function sextet(bits: string): string {
  const chars = signs(Number.parseInt(bits, 2));
  return chars.length === 1 ? chars : `[${chars}]`;
}

/** The character in both alphabets, standard and URL-safe, for a character class. */
function signs(at: number): string {
  const char = ALPHABET.charAt(at);
  if (char === '+') return '+\\-';
  return char === '/' ? '/_' : char;
}
