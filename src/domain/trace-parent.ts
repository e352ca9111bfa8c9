/** The W3C trace parent: which trace a task belongs to, and which span of it began the task. Pure. */

export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** 1: sampled. */
  readonly flags: number;
}

/** @returns undefined for anything else than a trace parent of version 00 */
export function readTraceParent(text: unknown): TraceParent | undefined {
  const [, traceId = '', spanId = '', flags = ''] = (typeof text === 'string' && FORM.exec(text)) || [];
  return NOT_ZERO.test(traceId) && NOT_ZERO.test(spanId)
    ? { traceId, spanId, flags: Number.parseInt(flags, 16) }
    : undefined;
}

export function writeTraceParent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}

// ---

const FORM = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const NOT_ZERO = /[1-9a-f]/;
