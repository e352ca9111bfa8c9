/** What a task leaves in Temporal: bytes beside those of its conversation, events beside those of the bare workflow. */
import { QUERIES } from '../../src/domain/protocol.js';
import { storedOf } from './cells.js';
import { ratios } from './figures.js';
import { openStage } from './stage.js';
const LENGTHS = [5, 10, 20, 40, 80, 160];
const DELAYS = [0, 300];
export async function history(common) {
    const results = new Map();
    for (let round = 0; round < common.rounds; round++) {
        for (const peer of ['rookery', 'bare', 'official']) {
            const stage = await openStage({ ...common, peer, flags: 'ours' });
            try {
                for (const iterations of LENGTHS) {
                    // The whole list each time: at 160 the server would end it.
                    if (peer === 'official' && iterations > 40)
                        continue;
                    for (const delayMs of peer === 'rookery' && iterations <= 20 ? DELAYS : [0]) {
                        const key = `${peer} ${iterations} ${delayMs}`;
                        results.set(key, [...(results.get(key) ?? []), await measure(stage, { peer, iterations, delayMs })]);
                    }
                }
                common.announce(`round ${round + 1}, history: ${peer}`);
            }
            finally {
                await stage.close();
            }
        }
    }
    return [sectionOf(results)];
}
// ---
async function measure(stage, { peer, iterations, delayMs }) {
    const handle = await stage.start({ iterations, delayMs, tool: 'read' });
    await handle.result();
    const { bytes, events } = await storedOf(stage, handle.workflowId);
    if (peer !== 'rookery')
        return { bytes, events, conversation: Number.NaN };
    const { messages } = await handle.query(QUERIES.transcript);
    return { bytes, events, conversation: Buffer.byteLength(JSON.stringify(messages)) };
}
function sectionOf(results) {
    const values = (key, value) => (results.get(key) ?? []).map(value);
    const bytes = (key) => values(key, (seen) => seen.bytes);
    const perByte = (iterations, delayMs) => ({
        name: `${iterations} iterations${delayMs === 0 ? '' : `, a model of ${delayMs} ms`}: history / conversation`,
        unit: 'ratio',
        values: values(`rookery ${iterations} ${delayMs}`, (seen) => seen.bytes / seen.conversation),
        target: { most: 1.3 },
    });
    const growth = (peer) => ratios(bytes(`${peer} 40 0`), bytes(`${peer} 20 0`));
    return {
        title: 'What a task leaves in Temporal (a reply of 2 KiB and a file of 4 KiB each iteration, no codec)',
        figures: [
            ...LENGTHS.map((iterations) => perByte(iterations, 0)),
            perByte(10, 300),
            perByte(20, 300),
            {
                name: 'rookery: history at 40 / at 20 iterations',
                unit: 'ratio',
                values: growth('rookery'),
                target: { most: 2.1 },
            },
            { name: 'official style: history at 40 / at 20 iterations', unit: 'ratio', values: growth('official') },
            {
                name: 'official style / rookery, 40 iterations',
                unit: 'ratio',
                values: ratios(bytes('official 40 0'), bytes('rookery 40 0')),
            },
            ...[10, 40].flatMap((iterations) => {
                const events = (peer) => values(`${peer} ${iterations} 0`, (seen) => seen.events);
                return [
                    {
                        name: `events of a task of ${iterations} iterations, rookery / bare`,
                        unit: 'ratio',
                        values: ratios(events('rookery'), events('bare')),
                        target: { most: 1.3 },
                    },
                ];
            }),
        ],
    };
}
//# sourceMappingURL=history.js.map