import { OPEN_TASKS } from '../domain/protocol.js';
import { isTerminal } from '../domain/task.js';
import { headOf, listHeads } from '../mirror/heads.js';
import { listTasks, readTask } from '../mirror/reader.js';
import { memoPhase } from './standing.js';
import { detailFromFiles, fieldsOf, NO_SERVER } from './status-object.js';
export async function list(context, server = serverOf(context)) {
    return merged(context, server, { read: () => listTasks(context.paths), of: fieldsOf });
}
/** As `list`, with what a table shows of each: files that have not changed are not read again. */
export async function overview(context, server = serverOf(context)) {
    return merged(context, server, { read: () => listHeads(context.paths), of: headOf });
}
// ---
function serverOf({ client }) {
    if (!client)
        return undefined;
    const open = async (query) => {
        const found = [];
        for await (const one of client.workflow.list({ query }))
            found.push(one);
        return found;
    };
    return { open, connect: async () => client };
}
async function merged(context, server, { read, of }) {
    const [{ tasks, errors }, open] = await Promise.all([read(), server?.open(OPEN_TASKS)]);
    if (!server || !open)
        return { tasks: tasks.map((task) => shown(task, NO_SERVER)), errors };
    const phases = new Map(open.map(({ workflowId, memo }) => [workflowId, memoPhase(memo)]));
    const listed = [];
    for (const task of tasks) {
        if (isTerminal(task.status))
            listed.push(shown(task, null));
        else if (phases.has(task.id))
            listed.push(running(task, phases.get(task.id)));
        else
            listed.push(await lookedAt({ ...context, client: await server.connect() }, task, of));
    }
    return { tasks: listed, errors };
}
function shown(task, reason) {
    return { ...task, detail: detailFromFiles(task.status, reason) };
}
function running(task, said) {
    const { detail } = shown(task, null);
    const phase = said?.phase ?? 'thinking';
    return { ...task, detail: { ...detail, source: 'temporal', phase, reason: said?.reason ?? null } };
}
/** Not among the open ones, and its file says otherwise: started or ended just now, ended without a worker, or never started. */
async function lookedAt({ client, ...context }, task, of) {
    if (!client)
        return shown(task, NO_SERVER);
    const { describe, reconcile } = await import('../reconcile.js');
    const description = await describe(client, task.id).catch(() => undefined);
    if (description?.status.name === 'RUNNING')
        return running(task, memoPhase(description.memo));
    await reconcile({ ...context, client }, task.id).catch(() => false);
    const read = await readTask(context.paths, task.id);
    return shown(read.kind === 'task' ? of(read.task) : task, 'it has no open workflow; `rookery resume` starts it');
}
//# sourceMappingURL=list.js.map