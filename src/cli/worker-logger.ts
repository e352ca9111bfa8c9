/** Writes Temporal's log lines to our log, without prompts and outputs. */
import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker';
import type { Logger as Pino } from 'pino';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
/** Metadata that identifies a task, by the names of our own lines; the rest may contain arguments and answers. */
const KEPT: Readonly<Record<string, string>> = {
  workflowId: 'task',
  // Of workflows and of activities.
  runId: 'run',
  workflowRunId: 'run',
  iteration: 'iteration',
  call: 'call',
  activityType: 'activityType',
  activityId: 'activityId',
  attempt: 'attempt',
  taskQueue: 'taskQueue',
  sdkComponent: 'sdkComponent',
  error: 'error',
};

export function workerLogger(log: Pino): Logger {
  const write = (level: LogLevel, message: string, meta: LogMetadata = {}): void => {
    const kept = Object.entries(KEPT).filter(([name]) => name in meta);
    const detail = Object.fromEntries(kept.map(([name, ours]) => [ours, plain(meta[name])]));
    log[LEVELS[level]](detail, message);
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}

/** An error's name only: its message may quote the model or a file. */
function plain(value: unknown): unknown {
  return value instanceof Error ? value.name : value;
}
