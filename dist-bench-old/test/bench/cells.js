import { cpuOf, familyOf } from './machine.js';
export async function runCell(stage, cell) {
    const { server, worker } = stage;
    const before = { worker: cpuOfAll(worker.pid), server: cpuOf(server.pid) };
    const begun = performance.now();
    const each = [];
    const ids = [];
    let left = cell.tasks;
    const lane = async () => {
        while (left-- > 0) {
            const at = performance.now();
            const handle = await stage.start(cell);
            ids.push(handle.workflowId);
            await handle.result();
            each.push(performance.now() - at);
        }
    };
    await Promise.all(Array.from({ length: cell.atOnce }, lane));
    return {
        wall: performance.now() - begun,
        each,
        worker: cpuOfAll(worker.pid) - before.worker,
        server: cpuOf(server.pid) - before.server,
        ids,
    };
}
/** Of a task of one run: the server counts itself, and a history that has grown with its square cannot be fetched. */
export async function storedOf({ client }, id) {
    const { historySize = Number.NaN, historyLength } = await client.workflow.getHandle(id).describe();
    return { bytes: historySize, events: historyLength };
}
// ---
function cpuOfAll(pid) {
    return familyOf(pid).reduce((sum, member) => {
        try {
            return sum + cpuOf(member);
        }
        catch {
            return sum;
        }
    }, 0);
}
//# sourceMappingURL=cells.js.map