/**
 * One iteration: act and think in one activity. Runs the inline calls of the last reply, asks the model, judges what it
 * requests. The model call comes last, so an accepted reply is never asked for again. Writes no file, decides no end.
 */
import { Context } from '@temporalio/activity';
import { settle, toMessage } from '../src/domain/conversation.js';
import { SIGNALS } from '../src/domain/protocol.js';
import { toMessage as acceptedMessage, judgeCall, runsInline } from './accept.js';
import { beside } from './beside.js';
import { labelsFor } from './execute.js';
import { toFailure } from './failure.js';
import { hear } from './hear.js';
import { attended } from './heartbeat.js';
import { think } from './think.js';
export function createIterate(deps, shared) {
    return async function iterate(input, ...groups) {
        return attended(deps, async (live) => {
            const heard = await hear(deps, shared, { input, groups });
            if (heard.kind !== 'heard')
                return heard;
            const { task, messages } = heard;
            if (input.wake && !deps.verifier.verifyMessage(task.id, SIGNALS.resume, input.wake)) {
                const description = 'a resume without a valid signature was refused';
                void deps.audit.note({ task: task.id, type: 'security_violation', description });
                return { kind: 'message_refused', id: input.wake.id };
            }
            return beside(shared, { ...heard, record: input.record, live }, async (ended) => {
                const signal = AbortSignal.any([Context.current().cancellationSignal, ended]);
                try {
                    return await actAndThink(deps, shared, { task, base: messages, input, live, signal });
                }
                catch (error) {
                    if (ended.aborted)
                        return { kind: 'stopped' };
                    throw toFailure(error, { baseMs: deps.backoffMs, before: input.errors ?? 0 });
                }
            });
        });
    };
}
// ---
const USUAL = new Set(['stop', 'tool-calls']);
async function actAndThink(deps, shared, iteration) {
    const runId = Context.current().info.workflowExecution?.runId ?? '';
    const { task, base, input, signal } = iteration;
    const observations = await shared.inline.run(task, base, signal);
    const { reply, messages, shrunk } = await think(deps, iteration, settle(base, observations.map(toMessage)));
    const message = acceptedMessage(deps, reply);
    const labels = labelsFor(deps, task, messages);
    return {
        kind: 'accepted',
        state: shared.conversations.keep(runId, [...messages, message]),
        observations,
        ...(shrunk.length > 0 ? { shrunk } : {}),
        message,
        judged: (message.calls ?? [])
            .map((call) => judgeCall(deps, task, { call, labels }))
            .filter((judged) => !runsInline(judged)),
        usage: reply.usage,
        ...(USUAL.has(reply.finish) ? {} : { finish: reply.finish }),
        provider: reply.provider,
        model: reply.model,
        ...(input.state === null ? { host: deps.host } : {}),
        ...(input.state === null && deps.searchable() ? { searchable: true } : {}),
        ...(task.cap === undefined ? {} : { cap: task.cap }),
    };
}
//# sourceMappingURL=iterate.js.map