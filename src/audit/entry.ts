/**
 * One entry of the audit log, as RavenClaws' audit log has it: its keys in their order, and the HMAC that chains it to the
 * one before. Pure: the same entry gives the same text in every process and version.
 */
import { createHmac } from 'node:crypto';

const EVENTS = [
  'tool_call',
  'tool_result',
  'policy_decision',
  'approval_requested',
  'approval_granted',
  'approval_denied',
  'sandbox_violation',
  'security_violation',
  'agent_start',
  'agent_finish',
  'error',
  'config_change',
] as const;
export type AuditEvent = (typeof EVENTS)[number] | { readonly custom: string };

/**
 * None begins another one: component and description stand in the HMAC without anything between them, and so only one
 * place divides them.
 */
export const COMPONENTS = ['agent', 'approval', 'audit', 'config', 'policy', 'sandbox', 'security', 'tool'] as const;
export type Component = (typeof COMPONENTS)[number];

export type Metadata = Readonly<Record<string, unknown>>;

/** An entry before it has its place in the chain. */
export interface Draft {
  readonly timestamp: string;
  readonly event_type: AuditEvent;
  readonly component: Component;
  readonly description: string;
  /** Never absent here: without it the end of the description would not be covered. */
  readonly metadata: Metadata;
  /** The task. The HMAC does not cover it, so it is in `metadata.task` too. */
  readonly session_id?: string | undefined;
}

export interface AuditEntry extends Draft {
  readonly index: number;
  readonly hmac: string;
}

export function entryOf(
  key: Buffer,
  draft: Draft,
  { index, previous }: { index: number; previous: string },
): AuditEntry {
  const unsealed = { ...draft, index, hmac: '' };
  return { ...unsealed, hmac: hmacOf(key, previous, unsealed) };
}

/** `previous`: the HMAC of the entry before, in hex; empty for the first. */
export function hmacOf(key: Buffer, previous: string, entry: AuditEntry): string {
  const index = Buffer.alloc(8);
  index.writeBigUInt64LE(BigInt(entry.index));
  return createHmac('sha256', key)
    .update(previous)
    .update(index)
    .update(entry.timestamp)
    .update(JSON.stringify(entry.event_type))
    .update(entry.component)
    .update(entry.description)
    .update(compact(entry.metadata))
    .digest('hex');
}

/** The line of the entry, without its line feed. */
export function lineOf({ session_id, ...entry }: AuditEntry): string {
  const head = { index: entry.index, timestamp: entry.timestamp, event_type: entry.event_type };
  const said = { component: entry.component, description: entry.description };
  const task = session_id === undefined ? '' : `"session_id":${JSON.stringify(session_id)},`;
  const covered = `${fieldsOf(head)},${fieldsOf(said)},"metadata":${compact(entry.metadata)}`;
  return `{${covered},${task}"hmac":"${entry.hmac}"}`;
}

/** The entry of a line, or what keeps the line from being one. Nothing but the very bytes that we write is taken. */
export function readEntry(line: Buffer): AuditEntry | string {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    return 'this is not JSON';
  }
  if (!isEntry(value) || !Buffer.from(lineOf(value)).equals(line)) return 'this is not an entry as it was written';
  return value.metadata.task === value.session_id ? value : 'session_id is not the task of the entry';
}

/** JSON without blanks, the keys of objects in the order of their code points. */
export function compact(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(compact).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => byCodePoint(a, b));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${compact(field)}`).join(',')}}`;
}

// ---

const SURROGATE = /[\uD800-\uDFFF]/;

/** Without surrogates code units have the order of code points, and comparing them copies nothing. */
function byCodePoint(a: string, b: string): number {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3,9})?\+00:00$/;
const HMAC = /^[0-9a-f]{64}$/;

function isEntry(value: unknown): value is AuditEntry {
  if (value === null || typeof value !== 'object') return false;
  const { index, timestamp, event_type, component, description, metadata, session_id, hmac } =
    value as Partial<AuditEntry>;
  return (
    Number.isSafeInteger(index) &&
    Number(index) >= 0 &&
    STAMP.test(String(timestamp)) &&
    isEvent(event_type) &&
    COMPONENTS.some((name) => name === component) &&
    typeof description === 'string' &&
    metadata !== null &&
    typeof metadata === 'object' &&
    !Array.isArray(metadata) &&
    (session_id === undefined || typeof session_id === 'string') &&
    HMAC.test(String(hmac))
  );
}

function isEvent(value: unknown): value is AuditEvent {
  if (typeof value === 'string') return EVENTS.some((name) => name === value);
  return value !== null && typeof value === 'object' && 'custom' in value && typeof value.custom === 'string';
}

function fieldsOf(fields: object): string {
  return JSON.stringify(fields).slice(1, -1);
}
