/**
 * Converts a server's result or error to text for the model, without invisible characters (control, direction,
 * zero-width, tags, lone surrogates). Images and other bytes are named, not shown. Pure.
 */
import { canonical } from '../domain/canonical-json.js';
import { utf8Length } from '../domain/conversation.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { truncate } from '../domain/truncate.js';
import type { ToolOutcome } from '../tools/tool.js';
import type { CallResult, Wire } from './connection.js';

export function toToolOutcome({ content = [], structuredContent, isError }: CallResult): Omit<ToolOutcome, 'origin'> {
  const parts = content.map(textOf);
  const text = parts.join('\n');
  const structured =
    structuredContent === undefined || says(text, structuredContent) ? [] : [toJson(structuredContent)];
  const whole = [...(text === '' ? [] : [text]), ...structured].join('\n');
  return { outcome: isError === true ? 'failed' : 'ok', content: truncate(clean(whole)) || '[no output]' };
}

export function clean(text: string): string {
  return text.replace(UNSEEN, '');
}

/** The same, on one line. */
export function cleanLine(text: string, max: number): string {
  return clean(text.slice(0, 4 * max).replace(/\s+/g, ' '))
    .trim()
    .slice(0, max);
}

export function explain(error: unknown, wire?: Wire): string {
  const why = wire?.why();
  if (why !== undefined) return why;
  if (error instanceof RookeryError) return `cannot be started: ${error.message}`;
  const { code, status, cause } = Object(error) as { code?: unknown; status?: unknown; cause?: unknown };
  if (code === 'REQUEST_TIMEOUT') return 'did not answer in time';
  if (code === 'CONNECTION_CLOSED' || code === 'NOT_CONNECTED') return 'has closed the connection';
  if (typeof status === 'number' && status >= 300 && status < 400)
    return `answered with status ${status}, a redirect to elsewhere, which is not followed`;
  if (typeof status === 'number') return `answered with status ${status}`;
  const root = cause instanceof Error ? cause : error;
  return `failed: ${cleanLine(sentenceOf(root), 300)}`;
}

/** It answered, and its answer is an error: the connection is sound. */
export function isAnswer(error: unknown): boolean {
  const { code, status } = Object(error) as { code?: unknown; status?: unknown };
  return typeof code === 'number' && status === undefined;
}

// ---

type Part = Readonly<Record<string, unknown>>;

function textOf(value: unknown): string {
  const part = Object(value) as Part;
  const { type, text } = part;
  if (type === 'text' && typeof text === 'string') return text;
  if (type === 'image' || type === 'audio') return bytes(type, part.mimeType, part.data);
  if (type === 'resource_link') return `[link to a resource: ${word(part.uri, 500)}]`;
  if (type === 'resource') return resource(Object(part.resource) as Part);
  return `[a part of the unknown type ${JSON.stringify(word(type, 40))}]`;
}

function resource({ uri, mimeType, text, blob }: Part): string {
  const kind = `resource ${word(uri, 500)}`;
  if (typeof text === 'string') return `[${kind}, ${word(mimeType, 80) || 'text'}, ${utf8Length(text)} bytes]`;
  return bytes(kind, mimeType, blob);
}

function bytes(kind: string, mimeType: unknown, base64: unknown): string {
  const size = typeof base64 === 'string' ? Math.floor((base64.replace(/=+$/, '').length * 3) / 4) : 0;
  return `[${kind}, ${word(mimeType, 80) || 'of no stated type'}, ${size} bytes]`;
}

function word(value: unknown, max: number): string {
  return typeof value === 'string' ? cleanLine(value, max) : '';
}

/** Most servers send the same twice, once as text. */
function says(text: string, structured: unknown): boolean {
  try {
    return canonical(JSON.parse(text)) === canonical(structured);
  } catch {
    return false;
  }
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '[structured content that is nested too deep]';
  }
}

/** By the properties of Unicode, not by a list. Private and unassigned characters stay: a font may draw them. */
const UNSEEN = /(?![\n\t])\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/gu;
