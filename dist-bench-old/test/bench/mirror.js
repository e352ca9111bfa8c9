/** What the files cost and whether they are true: with a slow model a write an iteration, and many ends at once. */
import { readFileSync } from 'node:fs';
import { pathsOf } from '../../src/mirror/paths.js';
import { runCell } from './cells.js';
import { seenBy } from './children.js';
import { median, ratios } from './figures.js';
import { openStage } from './stage.js';
const SLOW = { iterations: 20, delayMs: 500, tool: 'read', tasks: 2, atOnce: 1 };
const FAST = { iterations: 20, delayMs: 0, tool: 'read', tasks: 8, atOnce: 1 };
const ENDS = { iterations: 1, delayMs: 0, tool: 'read', tasks: 1_000, atOnce: 1_000 };
export async function mirror(common) {
    const slow = { on: [], off: [], writes: [] };
    const fast = { writes: [] };
    const lost = [];
    for (let round = 0; round < common.rounds; round++) {
        for (const on of round % 2 === 0 ? [true, false] : [false, true]) {
            const stage = await openStage({ ...common, peer: 'rookery', flags: 'ours', settings: { mirror: on } });
            try {
                await runCell(stage, { ...FAST, tasks: 2 });
                const before = await seenBy(stage.worker);
                const { each } = await runCell(stage, SLOW);
                const between = await seenBy(stage.worker);
                slow[on ? 'on' : 'off'].push(median(each) / SLOW.iterations);
                if (!on)
                    continue;
                slow.writes.push((between.writes - before.writes) / SLOW.tasks);
                await runCell(stage, FAST);
                fast.writes.push(((await seenBy(stage.worker)).writes - between.writes) / FAST.tasks);
                const ended = await runCell(stage, ENDS);
                lost.push(ended.ids.filter((id) => !isCompleted(stage.workdir, id)).length);
            }
            finally {
                await stage.close();
            }
        }
        common.announce(`round ${round + 1}, mirror`);
    }
    const added = ratios(slow.on, slow.off).map((ratio) => (ratio - 1) * 100);
    const figures = [
        { name: 'model of 500 ms: an iteration with the files', unit: 'ms', values: slow.on },
        { name: 'the same without the files', unit: 'ms', values: slow.off },
        { name: 'added by the files', unit: '%', values: added, target: { most: 1 } },
        {
            name: `writes of a task of ${SLOW.iterations} iterations`,
            unit: 'count',
            values: slow.writes,
            target: { least: 20 },
        },
        { name: 'the same with a model of 0 ms', unit: 'count', values: fast.writes },
        {
            name: `${ENDS.tasks} tasks that end at once: files without their end`,
            unit: 'count',
            values: lost,
            target: { most: 0 },
        },
    ];
    return [{ title: 'The files', figures }];
}
// ---
function isCompleted(workdir, id) {
    try {
        const { status, iterations } = JSON.parse(readFileSync(pathsOf(workdir).task(id), 'utf8'));
        return status === 'Completed' && iterations === ENDS.iterations;
    }
    catch {
        return false;
    }
}
//# sourceMappingURL=mirror.js.map