/**
 * Runs one foreign command (pip, go, tar, temporal) to its end, with a deadline.
 * Never waits for more than the deadline: a grandchild that keeps the pipe open cannot hold the caller.
 */
import { spawn } from 'node:child_process';
/** Enough to find an error in, and no more: `go install` can be talkative for minutes. */
const KEPT_OUTPUT = 64 * 1024;
const KILL_AFTER_MS = 2_000;
/** A runner whose commands get `env` and stop at once when `signal` fires. */
export function commandRunner(env, signal) {
    return (file, args, options) => runCommand([file, ...args], { ...options, env: { ...env, ...options.env } }, signal);
}
/** The last line a failed command printed: the one that usually says why. */
export function failureOf({ code, stdout, stderr }) {
    const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim());
    return (lines.filter((line) => line !== '').at(-1) ?? `exit status ${code}`).slice(0, 300);
}
function runCommand(command, options, signal) {
    return new Promise((resolve, reject) => {
        if (signal?.aborted)
            return reject(signal.reason);
        const [file = '', ...args] = command;
        const child = spawn(file, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
        const output = { stdout: '', stderr: '' };
        for (const name of ['stdout', 'stderr']) {
            child[name].setEncoding('utf8').on('data', (text) => {
                output[name] = (output[name] + text).slice(-KEPT_OUTPUT);
            });
        }
        const giveUp = (reason) => {
            settled();
            stop(child);
            reject(reason);
        };
        const seconds = Math.round(options.timeoutMs / 1000);
        const timer = setTimeout(() => giveUp(new Error(`no end within ${seconds} s`)), options.timeoutMs);
        const aborted = () => giveUp(signal?.reason);
        const settled = () => {
            clearTimeout(timer);
            signal?.removeEventListener('abort', aborted);
        };
        signal?.addEventListener('abort', aborted);
        child.on('error', giveUp);
        child.on('close', (code) => {
            settled();
            resolve({ code, ...output });
        });
    });
}
/** SIGINT first: `go` takes its compilers along on that one only. */
function stop(child) {
    child.stdout?.destroy();
    child.stderr?.destroy();
    if (child.pid === undefined)
        return;
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
}
//# sourceMappingURL=command.js.map