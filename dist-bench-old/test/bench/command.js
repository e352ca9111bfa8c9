/** Runs the built command as a process, in an environment of the benchmark's own, and takes the time. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
export const MAIN = resolve('dist/src/cli/main.js');
const OURS = /^(ROOKERY_|TEMPORAL_)|_API_KEY$|_BASE_URL$|^OLLAMA_HOST$/;
/** Nothing of the person's own but where the Temporal CLI lies. */
export function environmentFor(workdir, more = {}) {
    const rest = Object.entries(process.env).filter(([name]) => name === 'ROOKERY_TEMPORAL_CLI' || !OURS.test(name));
    return {
        ...Object.fromEntries(rest),
        XDG_CONFIG_HOME: join(workdir, 'no-config'),
        OLLAMA_HOST: 'http://127.0.0.1:9',
        ROOKERY_WORKDIR: workdir,
        ...more,
    };
}
/** From before the process is started until it has ended and its output is read. Throws where it does not end with 0. */
export function timed(file, args, env) {
    const started = performance.now();
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const out = [];
    const talk = [];
    child.stdout.on('data', (piece) => out.push(piece));
    child.stderr.on('data', (piece) => talk.push(piece));
    return new Promise((done, fail) => {
        child.once('error', fail);
        child.once('close', (code) => {
            const ms = performance.now() - started;
            if (code === 0)
                done({ ms, stdout: Buffer.concat(out).toString() });
            else
                fail(new Error(`${[file, ...args].join(' ')} ended with ${code}: ${Buffer.concat(talk).toString()}`));
        });
    });
}
export function rookery(args, env) {
    return timed(process.execPath, [MAIN, ...args], env);
}
//# sourceMappingURL=command.js.map