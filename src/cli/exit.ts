/** Exit codes of the command, of each error and of each final status. Pure. */
import { type ErrorCode, RookeryError } from '../domain/errors.js';
import { needsPerson } from '../domain/task.js';
import type { VerbOutcome } from '../manager/context.js';

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  cancelled: 3,
  person: 4,
  notFound: 5,
  environment: 6,
  timeout: 124,
  detached: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const OF_ERROR: Partial<Record<ErrorCode, ExitCode>> = {
  usage: EXIT.usage,
  bad_input: EXIT.usage,
  ambiguous: EXIT.usage,
  wrong_status: EXIT.usage,
  missing_key: EXIT.usage,
  unsigned: EXIT.usage,
  not_found: EXIT.notFound,
  timeout: EXIT.timeout,
};

export function exitOfError(error: unknown): ExitCode {
  return error instanceof RookeryError ? (OF_ERROR[error.code] ?? EXIT.environment) : EXIT.environment;
}

/** Of a task that has ended, or that waits for a person. */
export function exitOfStatus({ status, detail }: { status: string; detail: { phase: string } }): ExitCode {
  if (status === 'Completed') return EXIT.done;
  if (status === 'Failed') return EXIT.failed;
  if (status === 'Cancelled') return EXIT.cancelled;
  return needsPerson(detail.phase) ? EXIT.person : EXIT.done;
}

export function exitOfOutcome({ ok, status, code }: VerbOutcome): ExitCode {
  if (ok) return EXIT.done;
  if (needsPerson(code)) return EXIT.person;
  if (status === 'Failed') return EXIT.failed;
  if (status === 'Cancelled') return EXIT.cancelled;
  return code === undefined ? EXIT.failed : (OF_ERROR[code as ErrorCode] ?? EXIT.environment);
}

const WORST_FIRST: readonly ExitCode[] = [
  EXIT.notFound,
  EXIT.environment,
  EXIT.usage,
  EXIT.person,
  EXIT.failed,
  EXIT.cancelled,
];

/** Several ids: the first that applies. */
export function worst(codes: readonly ExitCode[]): ExitCode {
  return WORST_FIRST.find((code) => codes.includes(code)) ?? EXIT.done;
}
