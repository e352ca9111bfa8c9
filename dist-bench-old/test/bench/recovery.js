/** From the `kill -9` of a worker to the next request at the model: with a second worker beside it, and with a new one. */
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../support/until.js';
import { startModel } from './children.js';
import { openStage } from './stage.js';
import { modelOf } from './work.js';
const WORK = { iterations: 400, delayMs: 300, tool: 'read' };
const KILLS = 6;
export async function recovery(common) {
    const beside = [];
    const instead = [];
    for (let round = 0; round < common.rounds; round++) {
        beside.push(...(await kills(common, true)));
        instead.push(...(await kills(common, false)));
        common.announce(`round ${round + 1}, recovery`);
    }
    const figure = (name, values, most) => ({ name, unit: 's', values, target: { most } });
    return [
        {
            title: `From kill -9 of the worker to the next model request (${KILLS} kills a round, at random moments)`,
            figures: [
                figure('a second worker of the host lives', beside, 3),
                figure('a new worker is started at once', instead, 5),
            ],
        },
    ];
}
// ---
/** A task runs; the worker that has it is killed again and again. */
async function kills(common, second) {
    // A model of its own: its requests are those of this task alone.
    const model = await startModel();
    const stage = await openStage({ ...common, modelUrl: model.url, peer: 'rookery', flags: 'ours' });
    const workers = [stage.worker];
    const requests = () => model.times(modelOf(WORK));
    const went = [];
    try {
        if (second)
            workers.push(await stage.spawnWorker());
        await stage.start(WORK);
        for (let n = 0; n < KILLS; n++) {
            const before = (await requests()).length;
            await until(async () => (await requests()).length > before + 2, { what: 'the task works', timeoutMs: 60_000 });
            await pause(randomInt(WORK.delayMs));
            const killed = Date.now();
            await workers.shift()?.kill();
            const revival = stage.spawnWorker();
            const next = async () => (await requests()).find((time) => time > killed) ?? 0;
            const at = await until(next, { what: 'the model is asked again', timeoutMs: 60_000 });
            went.push((at - killed) / 1_000);
            workers.push(await revival);
        }
        return went;
    }
    finally {
        await stage.close();
        await model.close();
    }
}
//# sourceMappingURL=recovery.js.map