/**
 * The one error class, and its closed set of codes. Thrown only for what a person must fix; what the model can act on
 * is a value (an observation). Foreign errors become one of these once, at the boundary where they enter.
 */

import type { Usage } from './task.js';

export type ErrorCode =
  // entry points: bad input
  | 'usage'
  | 'bad_input'
  | 'ambiguous'
  | 'not_found'
  | 'wrong_status'
  | 'unsigned'
  // the environment
  | 'environment'
  | 'no_server'
  | 'workdir'
  | 'timeout'
  // the provider
  | 'missing_key'
  | 'auth'
  | 'billing'
  | 'rate_limit'
  | 'unavailable'
  | 'bad_reply'
  | 'bad_request'
  | 'context_overflow';

export interface ErrorDetail {
  /** What to do about it: one sentence that does not repeat `message`. */
  hint?: string;
  /** The wait that the provider asked for, in milliseconds. */
  retryAfterMs?: number;
  /** The reply that was rejected: it is paid for. `empty`: it had neither text nor calls. */
  rejected?: Rejected;
  cause?: unknown;
}

export interface Rejected {
  readonly usage: Usage;
  readonly empty: boolean;
}

/** An error whose message is one sentence for a person: what is wrong and what was given. `hint` says what to do. */
export class RookeryError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly rejected: Rejected | undefined;

  /** Throws nothing. */
  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'RookeryError';
    this.code = code;
    this.hint = detail.hint;
    this.retryAfterMs = detail.retryAfterMs;
    this.rejected = detail.rejected;
  }
}

/** The first line of any thrown value, for use inside a sentence; of a system error what is wrong, and with which file. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split('\n', 1)[0]?.trim() || 'unknown error';
  const [, reason, path] = SYSTEM_ERROR.exec(line) ?? [];
  return reason === undefined ? line : `${reason}${path === undefined ? '' : ` (${path})`}`;
}

/** A full disk or a used-up quota: nothing was written, and waiting may help. */
export function isDiskFull(error: unknown): boolean {
  const root = error instanceof RookeryError ? error.cause : error;
  return root instanceof Error && 'code' in root && (root.code === 'ENOSPC' || root.code === 'EDQUOT');
}

/** An error that the model can act on: thrown inside a tool, whose observation is its message. */
export class Refusal extends Error {}

// ---

/** As Node writes them: `ENOENT: no such file or directory, open '/a'`. */
const SYSTEM_ERROR = /^E[A-Z\d]+: ([^,]+), [a-z]+(?: '(.*?)'(?: -> '.*')?)?$/;
