/**
 * Finds the provider's words in an error body, whatever its shape: `{error: {message}}`, `{error: "…"}`, `{message}`,
 * `{detail}`, an array, an event, JSON inside a message, and what a gateway passes on in `metadata.raw`.
 * Only fields that are known to hold words are read: the rest may repeat the request.
 */
import { isRecord, parseJson, type Words } from './provider-words.js';
import { waitInDetails } from './waits.js';

/** JSON without known fields counts as no words. */
export function wordsIn(body: string): Words {
  const text = payloadOf(body.trim());
  const parsed = parseJson(text);
  if (typeof parsed === 'object' && parsed !== null) return wordsOf(parsed);
  const cut = /^[[{]/.test(text) ? (/"message"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1] ?? '""') : undefined;
  return { text: cut === undefined ? (isPage(text) ? '' : text) : String(parseJson(cut) ?? ''), marks: [] };
}

/** The same for an error that is an object already. */
export function wordsOf(error: unknown): Words {
  const found: Found = { texts: [], marks: [], waits: [] };
  collect(error, found, 0);
  const texts = [...new Set(found.texts)].filter(
    (text, i, all) => !all.slice(0, i).some((other) => other.includes(text)),
  );
  const [waitMs] = found.waits;
  return { text: texts.join(': '), marks: found.marks, ...(waitMs !== undefined && { waitMs }) };
}

// --- internal ---

interface Found {
  readonly texts: string[];
  readonly marks: string[];
  readonly waits: number[];
}

const DEPTH = 6;
const TEXTS = [
  'message',
  'Message',
  'msg',
  'error_message',
  'errorMessage',
  'error_msg',
  'status_msg',
  'error_description',
];
const MARKS = ['code', 'type', 'status', 'error_type', '__type', 'error_code', 'status_code'];
/** Fields that hold an error of the same kind again. */
const INNER = ['error', 'errors', 'detail', 'response', 'base_resp', 'metadata', 'raw'];

function collect(value: unknown, found: Found, depth: number): void {
  if (depth > DEPTH) return;
  if (typeof value === 'string') collectText(value, found, depth);
  else if (Array.isArray(value)) for (const entry of value.slice(0, 5)) collect(entry, found, depth + 1);
  else if (isRecord(value)) collectFields(value, found, depth);
}

function collectFields(value: Readonly<Record<string, unknown>>, found: Found, depth: number): void {
  for (const key of MARKS) if (isWord(value[key])) found.marks.push(lastWord(String(value[key])));
  const said = TEXTS.map((key) => value[key]).find((text) => typeof text === 'string' && text.trim() !== '');
  if (said !== undefined) collectText(placed(value.loc, String(said)), found, depth);
  const wait = waitInDetails(value.details);
  if (wait !== undefined) found.waits.push(wait);
  for (const key of INNER) collect(value[key], found, depth + 1);
}

/** A text may be an error in JSON. */
function collectText(text: string, found: Found, depth: number): void {
  const inner = /^\s*[[{]/.test(text) ? parseJson(text) : undefined;
  if (typeof inner === 'object') collect(inner, found, depth + 1);
  else if (text.trim() !== '') found.texts.push(text.trim());
}

/** Validators name the place of a fault apart from its words. */
function placed(at: unknown, text: string): string {
  const path = Array.isArray(at) ? at.filter((step) => isWord(step)).join('.') : '';
  return path === '' ? text : `${path}: ${text}`;
}

/** The data of the first event that has any; a body that is not an event stream is returned as it is. */
function payloadOf(body: string): string {
  if (!/^(data|event|error|id)?:/.test(body)) return body;
  return /^(?:data|error):\s*(.+)$/m.exec(body)?.[1] ?? body;
}

const isWord = (value: unknown): value is string | number =>
  (typeof value === 'string' && value.length <= 100) || typeof value === 'number';
/** Amazon writes `com.amazon.coral.validate#ValidationException`. */
const lastWord = (mark: string): string => mark.slice(mark.lastIndexOf('#') + 1);
const isPage = (text: string): boolean => /^<[a-z!?]/i.test(text);
