/**
 * The library's manager: one method a verb, each in a file of its own that is loaded when it is called. Signs by itself.
 * Needs a Temporal client for all but reading.
 */
import { hostQueue } from '../host.js';
import { pathsOf } from '../mirror/paths.js';
import { listTasks, readTask } from '../mirror/reader.js';
import { createSigner, loadKey } from '../signature.js';
import { notFound } from './context.js';
export class BackgroundTaskManager {
    context;
    constructor(context) {
        this.context = context;
    }
    static async open(options) {
        const { client } = options;
        const paths = pathsOf(options.workdir);
        const key = await loadKey(options.signingKeyFile ?? paths.signingKey);
        const signer = createSigner(key, options.namespace ?? client?.options.namespace ?? 'default');
        const host = options.bindToHost === false ? {} : { host: await hostQueue(paths) };
        return new BackgroundTaskManager({ paths, signer, ...host, ...(client ? { client } : {}) });
    }
    /** Writes the `Pending` file, then starts the task (unless `start: false`). */
    async submit(task, options) {
        const { submit } = await import('./submit.js');
        return submit(this.context, typeof task === 'string' ? { prompt: task } : task, options);
    }
    /** Starts a task that was only written. The run id. */
    async execute(id) {
        const { execute } = await import('./submit.js');
        return execute(this.context, id);
    }
    /** The input, signed for a workflow id, for clients that cannot sign. */
    async sign(id, task) {
        const { signedInput } = await import('./submit.js');
        return signedInput(this.context, id, task);
    }
    async status(id) {
        const { status } = await import('./status.js');
        return status(this.context, id);
    }
    async getTask(id) {
        const read = await readTask(this.context.paths, id);
        if (read.kind === 'task')
            return read.task;
        throw notFound(id);
    }
    /** From the files, newest first. */
    async listTasks(filter = {}) {
        const { tasks } = await listTasks(this.context.paths);
        return tasks.filter(({ status: now }) => filter.status === undefined || now === filter.status);
    }
    /** As `listTasks`, with what Temporal knows and with the files that cannot be read. `server`: instead of the client. */
    async list(server) {
        const { list } = await import('./list.js');
        return list(this.context, server);
    }
    /** As `list`, with what a table shows of each task: much quicker where most files have not changed. */
    async overview(server) {
        const { overview } = await import('./list.js');
        return overview(this.context, server);
    }
    async follow(id, options) {
        const { follow } = await import('./follow.js');
        return follow(this.context, id, options);
    }
    async wait(id, options) {
        const { wait } = await import('./wait.js');
        return wait(this.context, id, options);
    }
    async cancel(id, signal) {
        const { cancel } = await import('./cancel.js');
        return cancel(this.context, id, signal);
    }
    async resume(id, options) {
        const { resume } = await import('./resume.js');
        return resume(this.context, id, options);
    }
    async resumeIncomplete(options) {
        const { resumeIncomplete } = await import('./resume.js');
        return resumeIncomplete(this.context, options);
    }
    /** The calls that wait for a person's approval: of one task, or of all. */
    async approvals(id) {
        const { approvals } = await import('./approvals.js');
        return approvals(this.context, id);
    }
    /** Approves or denies a call that waits; returns when that has had its effect. */
    async decide(given, answer) {
        const { decide } = await import('./approvals.js');
        return decide(this.context, given, answer);
    }
    /** Hands the task over to a directory that RavenClaws takes; here it ends as cancelled. */
    async export(id, directory) {
        const { exportTask } = await import('./export.js');
        return exportTask(this.context, id, directory);
    }
    /** Compares files with Temporal; without ids all of them. */
    async verifyMirror(ids) {
        const { verifyMirror } = await import('./mirror.js');
        return verifyMirror(this.context, ids);
    }
    /** Writes the files again from Temporal alone, byte for byte. */
    async rebuildMirror(ids) {
        const { rebuildMirror } = await import('./mirror.js');
        return rebuildMirror(this.context, ids);
    }
    /** The whole id of a shortened one. */
    async resolveId(given) {
        const { resolveId } = await import('./ids.js');
        return resolveId(this.context, given);
    }
}
//# sourceMappingURL=manager.js.map