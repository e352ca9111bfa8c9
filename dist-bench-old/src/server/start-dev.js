/**
 * The process `temporal server start-dev`: its arguments, and how it is started so that it survives its starter.
 * Each flag is here for a reason that was measured; nothing waits in this file.
 */
import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
/** SQLite makes the database and its -wal file itself: only the umask can make them private. */
const AS_PRIVATE = 'umask 077; echo $$ >"$1"; shift; exec "$@"';
export async function launch({ files, cli, env, ports }) {
    const log = await open(files.log, 'a', 0o600);
    const args = ['-c', AS_PRIVATE, 'rookery-server', files.pid, cli, ...startDev(files, ports)];
    const child = spawn('sh', args, { cwd: files.directory, detached: true, env, stdio: ['ignore', log.fd, log.fd] });
    // Listened to before anything is awaited: an end that nobody heard would be waited for.
    const ended = new Promise((resolve) => {
        child.once('error', () => resolve());
        child.once('exit', () => resolve());
    });
    await log.close();
    return { pid: child.pid, ended, release: () => child.unref() };
}
function startDev(files, ports) {
    return [
        'server',
        'start-dev',
        // A profile of the user's must not send this server elsewhere.
        '--disable-config-file',
        '--ip=127.0.0.1',
        '--ui-ip=127.0.0.1',
        `--port=${ports.frontend}`,
        `--ui-port=${ports.ui}`,
        `--http-port=${ports.http}`,
        `--metrics-port=${ports.metrics}`,
        `--db-filename=${files.database}`,
        // Twice as fast as the default, and nothing lost in power cuts; NORMAL lost acknowledged starts.
        '--sqlite-pragma=journal_mode=WAL',
        '--sqlite-pragma=synchronous=FULL',
        // The default of 20 polls a second costs each activity 50 to 100 ms.
        '--dynamic-config-value=history.transferProcessorMaxPollRPS=2000',
        '--dynamic-config-value=history.timerProcessorMaxPollRPS=2000',
        '--dynamic-config-value=history.visibilityProcessorMaxPollRPS=2000',
        // Timers of the default fire up to a second late, for the clocks of other hosts: each retry would cost that.
        '--dynamic-config-value=history.timerProcessorMaxTimeShift="50ms"',
        // An unregistered one leaves a workflow stuck for ever.
        '--search-attribute=RookeryStatus=Keyword',
        '--search-attribute=RookeryModel=Keyword',
        '--log-level=warn',
        '--log-format=json',
    ];
}
//# sourceMappingURL=start-dev.js.map