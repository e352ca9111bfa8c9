import { outcomeOf } from '../manager/outcome.js';
import { exitOfOutcome, worst } from './exit.js';
export async function each(manager, ids, work) {
    return Promise.all(ids.map((given) => outcomeOf(given, async () => work(await manager.resolveId(given)))));
}
export function printResults(out, results) {
    if (out.json)
        out.value({ results });
    for (const { id, ok, status, code, message } of results) {
        const said = [status?.toLowerCase() ?? code ?? 'unknown', message].filter(Boolean).join(': ');
        if (!out.json && (ok || status !== null))
            out.line(`${id}  ${said}`);
        else if (!ok)
            out.tell(`${id}: ${message ?? code ?? 'failed'}`);
    }
    return worst(results.map(exitOfOutcome));
}
//# sourceMappingURL=results.js.map