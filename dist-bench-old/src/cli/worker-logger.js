const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' };
/** What names a task in a line; the rest of the metadata may hold arguments and answers. */
const KEPT = ['workflowId', 'runId', 'activityType', 'activityId', 'attempt', 'taskQueue', 'sdkComponent', 'error'];
export function workerLogger(log) {
    const write = (level, message, meta = {}) => {
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
function plain(value) {
    return value instanceof Error ? value.name : value;
}
//# sourceMappingURL=worker-logger.js.map