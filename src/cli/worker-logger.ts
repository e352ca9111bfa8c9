/** Writes Temporal's log lines to our log, without prompts and outputs. */
import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker';
import type { Logger as Pino } from 'pino';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
/** Metadata that identifies a task; the rest may contain arguments and answers. */
const KEPT = ['workflowId', 'runId', 'activityType', 'activityId', 'attempt', 'taskQueue', 'sdkComponent', 'error'];

export function workerLogger(log: Pino): Logger {
  const write = (level: LogLevel, message: string, meta: LogMetadata = {}): void => {
    const detail = Object.fromEntries(KEPT.flatMap((name) => (name in meta ? [[name, plain(meta[name])]] : [])));
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
