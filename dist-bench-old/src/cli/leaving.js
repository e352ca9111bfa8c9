/**
 * Leaving a wait without touching the task: Ctrl-C and `--timeout`. The last line says that the task goes on, and how to
 * come back.
 */
import { EXIT } from './exit.js';
/** `timeout` in milliseconds, if one was given. */
export function leaving(timeout) {
    const stop = new AbortController();
    let code;
    const leave = (why) => {
        code ??= why;
        stop.abort(new Error('left'));
    };
    const onSignal = () => leave(EXIT.detached);
    process.on('SIGINT', onSignal);
    const timer = typeof timeout === 'number' ? setTimeout(() => leave(EXIT.timeout), timeout) : undefined;
    return {
        signal: stop.signal,
        code: () => code,
        release() {
            process.off('SIGINT', onSignal);
            clearTimeout(timer);
        },
    };
}
export function tellLeft(out, code, ids) {
    const why = code === EXIT.timeout ? 'The time to wait is over' : 'Detached';
    const tasks = ids.length === 1 ? `task ${ids[0]} goes on` : `${ids.length} tasks go on`;
    out.tell(`${why}: ${tasks}. Come back with: rookery follow ${ids[0]}`);
}
//# sourceMappingURL=leaving.js.map