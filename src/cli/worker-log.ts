/**
 * The log of a worker, on stderr: JSON lines, or lines for people. Each line that is about a task names the task, and where
 * known the run and the iteration; none has content.
 */
import { type DestinationStream, type Logger, pino } from 'pino';
import { visibleLine } from '../domain/visible.js';
import type { WorkEvent } from '../domain/work-event.js';

export function openLog(format: 'json' | 'text' = 'json'): Logger {
  const stderr = pino.destination({ dest: 2, sync: true });
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (format === 'json') return pino(options, stderr);
  const readable: DestinationStream = { write: (line) => void stderr.write(`${textOf(line)}\n`) };
  return pino(options, readable);
}

/** Writes what the worker does for tasks. */
export function workLog(log: Logger): (event: WorkEvent) => void {
  return ({ type, ...event }) => {
    if (type === 'model_error') return log.warn(event, WORDS[type]);
    return log.info(event, WORDS[type]);
  };
}

// ---

const WORDS = {
  iteration: 'reply accepted',
  model_error: 'model request failed',
  tool: 'tool has run',
  end: 'task ended',
} as const;

/** Time, level, message, then the other fields. */
function textOf(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const words = [String(time), pino.levels.labels[Number(level)] ?? '', String(msg ?? '')];
  const details = Object.entries(fields).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${name}=${/[\s"=]/.test(text) && typeof value === 'string' ? JSON.stringify(text) : text}`;
  });
  return visibleLine([...words, ...details].filter((word) => word !== '').join(' '));
}
