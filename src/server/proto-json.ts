/**
 * Turns the JSON of the HTTP API into the objects that the SDK's client gives: payloads and tokens are bytes, times have
 * seconds and nanoseconds. Only names of the protocol decide: with exact payloads, no JSON of a user is in these bodies.
 */

/** Also for parts of a body; numbers of 64 bits stay text, as every reader converts them. */
export function fromProtoJson(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return name.endsWith('Time') ? protoTime(value) : value;
  if (Array.isArray(value)) return value.map((item) => fromProtoJson(item, name));
  if (typeof value !== 'object' || value === null) return value;
  if (isEncoded(value)) return { metadata: mapped(value.metadata, bytesOf), data: bytesOf(value.data ?? '') };
  return mapped(value as Record<string, unknown>, fromProtoJson);
}

export function bytesOf(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}

/** Cut to milliseconds, as the SDK does. */
export function dateOf(time: unknown): Date | undefined {
  if (typeof time !== 'object' || time === null) return undefined;
  const { seconds, nanos } = time as Partial<ProtoTime>;
  return new Date(Number(seconds ?? 0) * 1000 + Math.floor((nanos ?? 0) / 1e6));
}

/** The status of a workflow as the SDK spells it: from the number of the protocol, or from its name. */
export function statusName(status: unknown): string {
  if (typeof status !== 'string') return STATUSES[Number(status ?? 0)] ?? 'UNSPECIFIED';
  return status.replace('WORKFLOW_EXECUTION_STATUS_', '').replace('CANCELED', 'CANCELLED');
}

// ---

const STATUSES = [
  ...['UNSPECIFIED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'],
  ...['TERMINATED', 'CONTINUED_AS_NEW', 'TIMED_OUT', 'PAUSED'],
];

interface ProtoTime {
  readonly seconds: number;
  readonly nanos: number;
}

interface Encoded {
  readonly metadata: Record<string, string>;
  readonly data?: string;
}

function isEncoded(value: object): value is Encoded {
  const { metadata } = value as { readonly metadata?: { readonly encoding?: unknown } | null };
  return typeof metadata?.encoding === 'string';
}

function mapped<V, R>(object: Record<string, V>, convert: (value: V, name: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, convert(value, name)]));
}

/** RFC 3339 in UTC, with up to nine digits after the point. */
function protoTime(text: string): ProtoTime | string {
  const [, whole, digits = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text) ?? [];
  if (whole === undefined) return text;
  return { seconds: Date.parse(`${whole}Z`) / 1000, nanos: Number(digits.padEnd(9, '0')) };
}
