/** One peer at work: a fresh server, one worker process, a client. Starts tasks; measures nothing. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { TASK_QUEUE, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import { BackgroundTasksPlugin } from '../../src/plugin.js';
import { startChild } from './children.js';
import { startServer } from './servers.js';
import { CONTENT, FILE, modelOf, PROMPT } from './work.js';
export async function openStage(options) {
    const root = join(options.scratch, `${options.peer}-${randomUUID().slice(0, 8)}`);
    const workspace = join(root, 'workspace');
    const workdir = join(root, 'data');
    await mkdir(workspace, { recursive: true });
    await writeFile(join(workspace, FILE), CONTENT);
    const server = await startServer(options.flags, join(root, 'server'));
    const connection = await Connection.connect({ address: server.address });
    const plugin = await BackgroundTasksPlugin.create({ workdir, workspace });
    const client = new Client({ connection, plugins: options.peer === 'rookery' ? [plugin] : [] });
    const children = [];
    const spawnWorker = async () => {
        const place = { address: server.address, workspace };
        const worker = options.peer === 'rookery'
            ? await startChild('./worker-main.js', [JSON.stringify({ ...place, workdir, ...options.settings })])
            : await startChild('./peers/worker-main.js', [
                JSON.stringify({ ...place, endpoint: options.modelUrl, bundle: options.bundle, taskQueue: QUEUE }),
            ]);
        children.push(worker);
        return worker;
    };
    return {
        client,
        server,
        workdir,
        worker: await spawnWorker(),
        spawnWorker,
        start: (work) => start(client, options, work),
        async close() {
            await connection.close();
            await Promise.all(children.map((child) => child.kill()));
            await server.stop();
            await rm(resolve(root), { recursive: true, force: true, maxRetries: 3 });
        },
    };
}
// ---
const QUEUE = 'bench';
function start(client, { peer, modelUrl }, work) {
    const workflowId = randomUUID();
    const given = { prompt: PROMPT, model: modelOf(work) };
    if (peer !== 'rookery')
        return client.workflow.start(peer, { workflowId, taskQueue: QUEUE, args: [given] });
    const chosen = { provider: 'litellm', endpoint: modelUrl, endpoint_origin: 'user' };
    const limits = { max_iterations: 100_000, max_total_tokens: 1e12 };
    const allow = work.tool === 'unsafe' ? { allow: ['shell'] } : {};
    return client.workflow.start(WORKFLOW_TYPE, {
        workflowId,
        taskQueue: TASK_QUEUE,
        args: [{ ...given, ...chosen, ...allow, limits }],
    });
}
//# sourceMappingURL=stage.js.map