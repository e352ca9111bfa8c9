import { isTerminal } from '../domain/task.js';
import { describe } from '../reconcile.js';
import { abortable } from './abort.js';
import { online } from './context.js';
import { memoPhase } from './standing.js';
import { status } from './status.js';
const LOOK_MS = 1_000;
export async function wait(context, id, options = {}) {
    const before = await status(context, id);
    if (isTerminal(before.status))
        return toOutcome(before);
    const { client } = online(context);
    const stop = new AbortController();
    const signals = [stop.signal, ...(options.signal ? [options.signal] : [])];
    try {
        await Promise.race([
            closed(client, id, AbortSignal.any(signals)),
            options.keepWaiting ? new Promise(() => undefined) : waitsForPerson(client, id, AbortSignal.any(signals)),
            aborted(options.signal),
        ]);
    }
    finally {
        stop.abort();
    }
    return toOutcome(await status(context, id));
}
export function toOutcome({ id, status: state, error, detail }) {
    const code = {
        Completed: undefined,
        Failed: 'failed',
        Cancelled: 'cancelled',
        Pending: 'pending',
        Running: detail.phase,
    }[state];
    const message = error ?? detail.reason ?? undefined;
    return { id, ok: state === 'Completed', status: state, ...(code ? { code } : {}), ...(message ? { message } : {}) };
}
// ---
/** However it ends, over continue-as-new. A closed workflow may have been reset: its last run counts. */
async function closed(client, id, signal) {
    await abortable(client, signal, () => client.workflow.getHandle(id).result()).catch(() => undefined);
}
async function waitsForPerson(client, id, signal) {
    await new Promise((resolve) => {
        const look = async () => {
            const at = await describe(client, id).catch(() => undefined);
            if (memoPhase(at?.memo)?.phase.startsWith('waiting'))
                resolve();
        };
        const timer = setInterval(() => void look(), LOOK_MS);
        signal.addEventListener('abort', () => clearInterval(timer));
        void look();
    });
}
function aborted(signal) {
    return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
    });
}
//# sourceMappingURL=wait.js.map