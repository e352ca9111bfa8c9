/**
 * What others tell the audit log, and how it becomes an entry: secrets out, long texts cut, nothing that JSON cannot hold.
 * Never throws: what an entry is about may be anything that a model wrote.
 */
import { createHash } from 'node:crypto';
import { sentenceOf } from '../domain/errors.js';
import { type Micros, microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { type AuditEvent, type Component, compact, type Draft, type Metadata } from './entry.js';

export interface NotedEvent {
  readonly event: AuditEvent;
  readonly component: Component;
  /** One line for a person. */
  readonly description: string;
  /** Ids, names, arguments. `effect: 'read'` says that a call or its result can be told again if a power cut takes it. */
  readonly metadata?: Metadata;
  /** The id of the task. */
  readonly task?: string;
}

const TEXT_BYTES = 2048;
/** What is looked through for secrets, of a text of which nothing behind it can stay. */
const SEARCHED_BYTES = 64 * 1024;
const FIELD_BYTES = 8192;
const MAX_DEPTH = 8;
/** Values in one field. */
const MAX_VALUES = 1000;

export function draftOf(note: NotedEvent, at: Micros, redact: (text: string) => string): Draft {
  const { event, component, description, metadata = {}, task } = note;
  const text = (given: string): string => cut(given, redact);
  return {
    timestamp: timestampOf(at),
    event_type: typeof event === 'string' ? event : { custom: text(event.custom) },
    component,
    description: text(description),
    metadata: { ...fieldsOf(metadata, text), ...(task === undefined ? {} : { task }) },
    session_id: task,
  };
}

/** What the log says of itself. */
export function ownDraft(event: 'error' | 'security_violation', description: string): Draft {
  return draftOf({ event, component: 'audit', description }, microsOfMillis(Date.now()), (text) => text);
}

/** Only what reads has no effect that the log must have kept before anything else happens. */
export function mustBeOnDisk({ event, metadata }: NotedEvent): boolean {
  return !((event === 'tool_call' || event === 'tool_result') && metadata?.effect === 'read');
}

// ---

/** The hash is of the text as it came, so that it can be compared with the text in the history. */
function cut(given: string, redact: (text: string) => string): string {
  const clean = cleanStart(given.toWellFormed(), redact);
  const whole = given.length <= SEARCHED_BYTES;
  if (whole && (clean.length * 3 <= TEXT_BYTES || Buffer.byteLength(clean) <= TEXT_BYTES)) return clean;
  // The last character may be a half one.
  const start = Buffer.from(clean)
    .subarray(0, TEXT_BYTES)
    .toString('utf8')
    .replace(/\ufffd$/, '');
  const hash = createHash('sha256').update(given).digest('hex');
  return `${start}… (${Buffer.byteLength(given)} bytes in all, sha256 ${hash})`;
}

/** Without secrets: the whole, or more of its start than stays. */
function cleanStart(text: string, redact: (text: string) => string): string {
  const start = redact(text.slice(0, SEARCHED_BYTES));
  // Where much was taken out, what stays may reach to the cut, and half of a secret may stand there.
  return text.length <= SEARCHED_BYTES || start.length > SEARCHED_BYTES / 2 ? start : redact(text);
}

/** The task is not theirs to give: it must be the one that the entry is of. */
function fieldsOf(metadata: Metadata, text: (given: string) => string): Metadata {
  const fields = Object.keys(metadata).filter((name) => name !== 'task' && metadata[name] !== undefined);
  return Object.fromEntries(fields.map((name) => [name, field(metadata[name], text)]));
}

function field(value: unknown, text: (given: string) => string): unknown {
  try {
    if (typeof value === 'string') return text(value);
    const bounded = plain(value, { text, depth: 0, left: MAX_VALUES });
    const json = compact(bounded);
    return Buffer.byteLength(json) <= FIELD_BYTES ? bounded : text(json);
  } catch (error) {
    return text(`(cannot be written: ${sentenceOf(error)})`);
  }
}

interface Bounds {
  readonly text: (given: string) => string;
  readonly depth: number;
  left: number;
}

/** As JSON has it, but never too deep, too many, or in a circle. */
function plain(value: unknown, bounds: Bounds): unknown {
  if (bounds.left-- <= 0) return '(more values than are kept)';
  if (typeof value === 'string') return bounds.text(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (value === null || typeof value !== 'object') return typeof value === 'boolean' ? value : null;
  if (bounds.depth === MAX_DEPTH) return '(nested deeper than is kept)';
  const inner: Bounds = { ...bounds, depth: bounds.depth + 1 };
  const result = Array.isArray(value)
    ? value.slice(0, inner.left + 1).map((one) => plain(one, inner))
    : Object.fromEntries(
        Object.entries(value)
          .slice(0, inner.left + 1)
          .map(([name, one]) => [bounds.text(name), plain(one, inner)]),
      );
  bounds.left = inner.left;
  return result;
}
