/** What an iteration costs beside bare Temporal and the official style: time, throughput, CPU, history. */
import { runCell } from './cells.js';
import { median, ratios } from './figures.js';
import { openStage } from './stage.js';
/** As long as an agent's tasks are; what comes once a task counts for a twentieth of an iteration. */
const K = 20;
const READ = { iterations: K, delayMs: 0, tool: 'read' };
const ALONE = { ...READ, tasks: 6, atOnce: 1 };
const SHORT = { ...READ, iterations: 10, tasks: 8, atOnce: 1 };
const LONG = { ...READ, iterations: 80, tasks: 2, atOnce: 1 };
const UNSAFE = { ...READ, tool: 'unsafe', tasks: 4, atOnce: 1 };
const EIGHT = { ...READ, tasks: 24, atOnce: 8 };
const FIFTY = { ...READ, tasks: 50, atOnce: 50 };
const SLOW = { iterations: 6, delayMs: 500, tool: 'read', tasks: 16, atOnce: 16 };
const OFFICIAL_OURS = 'official style on our flags';
const OFFICIAL_DEFAULTS = 'official style on default flags';
const CONFINED = 'rookery, in the sandbox';
const CONTESTANTS = [
    {
        name: 'rookery',
        peer: 'rookery',
        flags: 'ours',
        cells: { alone: ALONE, short: SHORT, long: LONG, unsafe: UNSAFE, eight: EIGHT, fifty: FIFTY, slow: SLOW },
        // The bare workflow has none either.
        settings: { sandbox: 'off' },
    },
    { name: CONFINED, peer: 'rookery', flags: 'ours', cells: { unsafe: UNSAFE } },
    {
        name: 'bare',
        peer: 'bare',
        flags: 'ours',
        cells: { alone: ALONE, short: SHORT, long: LONG, eight: EIGHT, fifty: FIFTY, slow: SLOW },
    },
    { name: 'bare, two activities', peer: 'bareTwo', flags: 'ours', cells: { unsafe: UNSAFE } },
    { name: OFFICIAL_OURS, peer: 'official', flags: 'ours', cells: { alone: ALONE, short: SHORT, long: LONG } },
    { name: OFFICIAL_DEFAULTS, peer: 'official', flags: 'defaults', cells: { alone: ALONE, short: SHORT, long: LONG } },
];
/**
 * All peers stand side by side, each with a server of its own, and take turns cell by cell: the machine's speed drifts within
 * minutes, and a ratio is worth something only between neighbours.
 */
export async function steps(options) {
    const results = new Map();
    for (let round = 0; round < options.rounds; round++) {
        const stages = new Map();
        try {
            for (const { name, peer, flags, settings } of CONTESTANTS) {
                stages.set(name, await openStage({ ...options, peer, flags, ...(settings ? { settings } : {}) }));
            }
            for (const { name, cells } of CONTESTANTS)
                await warmUp(stages.get(name), cells);
            // The order turns with each round, so that nobody always comes first.
            const order = round % 2 === 0 ? CONTESTANTS : [...CONTESTANTS].reverse();
            for (const label of Object.keys(CONTESTANTS[0]?.cells ?? {})) {
                for (const contestant of order)
                    await turn(options, { contestant, label, round, stages, results });
            }
        }
        finally {
            await Promise.all([...stages.values()].map((stage) => stage.close()));
        }
    }
    return [time(results), throughput(results)];
}
// ---
async function warmUp(stage, cells) {
    for (const cell of Object.values(cells).slice(0, 2)) {
        if (stage)
            await runCell(stage, { ...cell, iterations: 10, tasks: 4, atOnce: 2 });
    }
}
async function turn(options, { contestant, label, round, stages, results }) {
    const { name, cells } = contestant;
    const [cell, stage] = [cells[label], stages.get(name)];
    if (!cell || !stage)
        return;
    const measured = await runCell(stage, cell);
    const key = `${name}/${label}`;
    results.set(key, [...(results.get(key) ?? []), measured]);
    options.announce(`round ${round + 1}, ${label}, ${name}: ${perIteration(measured, cell).toFixed(1)} ms an iteration`);
}
function perIteration({ each }, { iterations }) {
    return median(each) / iterations;
}
function valuesOf(results, key, value) {
    return (results.get(key) ?? []).map(value);
}
function time(results) {
    const of = (name, label, cell) => valuesOf(results, `${name}/${label}`, (one) => perIteration(one, cell));
    const names = ['rookery', 'bare', OFFICIAL_OURS, OFFICIAL_DEFAULTS];
    const compared = (label, cell, judged) => {
        const at = `${cell.iterations} iterations`;
        const ours = of('rookery', label, cell);
        const ratio = (name, values, target) => ({
            name: `${at}: ${name}`,
            unit: 'ratio',
            values,
            ...(judged ? { target } : {}),
        });
        return [
            ...names.map((name) => ({ name: `${at}: ${name}`, unit: 'ms', values: of(name, label, cell) })),
            ratio('rookery / bare', ratios(ours, of('bare', label, cell)), { most: 1.2 }),
            ratio(`${OFFICIAL_DEFAULTS} / rookery`, ratios(of(OFFICIAL_DEFAULTS, label, cell), ours), { least: 3 }),
            ratio(`${OFFICIAL_OURS} / rookery`, ratios(of(OFFICIAL_OURS, label, cell), ours), { least: 1.8 }),
        ];
    };
    const unsafe = (name) => of(name, 'unsafe', UNSAFE);
    return {
        title: 'An iteration, one task at a time: a reply of 2 KiB, a file of 4 KiB, a model of 0 ms, the files written',
        figures: [
            ...compared('alone', ALONE, true),
            ...compared('short', SHORT, false),
            ...compared('long', LONG, false),
            { name: `${K} iterations with an unsafe tool: rookery`, unit: 'ms', values: unsafe('rookery') },
            { name: `${K} iterations with an unsafe tool: ${CONFINED}`, unit: 'ms', values: unsafe(CONFINED) },
            {
                name: `${K} iterations with the same tool: bare, two activities`,
                unit: 'ms',
                values: unsafe('bare, two activities'),
            },
            {
                name: 'unsafe tool: rookery / bare, two activities',
                unit: 'ratio',
                values: ratios(unsafe('rookery'), unsafe('bare, two activities')),
                target: { most: 1.2 },
            },
        ],
    };
}
function throughput(results) {
    const rate = (key, cell) => valuesOf(results, key, ({ wall }) => (cell.tasks * 1_000) / wall);
    const cpu = (key, { tasks, iterations }) => valuesOf(results, key, ({ worker, server }) => (worker + server) / tasks / iterations);
    const overhead = (key) => valuesOf(results, key, (one) => perIteration(one, SLOW) - SLOW.delayMs);
    const pair = (label, of) => [
        of(`rookery/${label}`),
        of(`bare/${label}`),
    ];
    const figures = [];
    for (const [label, cell] of [
        ['eight', EIGHT],
        ['fifty', FIFTY],
    ]) {
        const [ours, theirs] = pair(label, (key) => rate(key, cell));
        const [ourCpu, theirCpu] = pair(label, (key) => cpu(key, cell));
        figures.push({ name: `${cell.atOnce} at once: rookery`, unit: 'tasks/s', values: ours }, { name: `${cell.atOnce} at once: bare`, unit: 'tasks/s', values: theirs }, {
            name: `${cell.atOnce} at once: rookery / bare`,
            unit: 'ratio',
            values: ratios(ours, theirs),
            target: { least: 0.85 },
        }, { name: `${cell.atOnce} at once: CPU of an iteration, rookery`, unit: 'ms', values: ourCpu }, { name: `${cell.atOnce} at once: CPU of an iteration, bare`, unit: 'ms', values: theirCpu }, {
            name: `${cell.atOnce} at once: CPU, rookery / bare`,
            unit: 'ratio',
            values: ratios(ourCpu, theirCpu),
            target: { most: 1.25 },
        });
    }
    const [ours, theirs] = pair('slow', overhead);
    figures.push({ name: 'model of 500 ms, 16 at once: overhead of an iteration, rookery', unit: 'ms', values: ours }, { name: 'model of 500 ms, 16 at once: overhead of an iteration, bare', unit: 'ms', values: theirs }, {
        name: 'model of 500 ms, 16 at once: overhead, rookery / bare',
        unit: 'ratio',
        values: ratios(ours, theirs),
        target: { most: 1.3 },
    });
    return { title: 'Many tasks at once', figures };
}
//# sourceMappingURL=steps.js.map