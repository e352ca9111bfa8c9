/**
 * Asks the embedded server for workflows over its HTTP API. Loads no library for it: to load the SDK's client takes ten
 * times as long as the answer, and `list` needs nothing else.
 */
import { get } from 'node:http';
import { serverFiles } from './files.js';
import { liveState } from './state.js';
const ANSWER_WITHIN_MS = 3_000;
/** More than the server gives at once: it cuts to its own limit. */
const PAGE = 1_000;
/** Undefined: no server of the work directory lives and answers. */
export async function visible(workdir, query) {
    const state = await liveState(serverFiles(workdir));
    if (!state)
        return undefined;
    const found = [];
    const deadline = AbortSignal.timeout(ANSWER_WITHIN_MS);
    try {
        for (let next = '';;) {
            const words = new URLSearchParams({ query, pageSize: String(PAGE), nextPageToken: next });
            const url = `http://127.0.0.1:${state.ports.http}/api/v1/namespaces/default/workflows?${words}`;
            const page = (await answerOf(url, deadline));
            for (const { execution, memo } of page.executions ?? []) {
                found.push({ workflowId: execution.workflowId, memo: memo?.fields ?? {} });
            }
            if (!page.nextPageToken)
                return found;
            next = page.nextPageToken;
        }
    }
    catch {
        return undefined;
    }
}
function answerOf(url, signal) {
    return new Promise((resolve, reject) => {
        const asked = get(url, { signal }, (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (piece) => {
                text += piece;
            });
            response.on('error', reject);
            response.on('end', () => {
                if (response.statusCode !== 200)
                    reject(new Error(`HTTP ${response.statusCode}`));
                else
                    resolve(JSON.parse(text));
            });
        });
        asked.on('error', reject);
    });
}
//# sourceMappingURL=visibility.js.map