/**
 * One call as an activity of its own. Before anything is touched, the policy of this worker is asked again, and where it asks
 * for a person, their decision is verified: one that is not theirs costs nothing and uses nothing up.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { lastReply } from '../src/domain/conversation.js';
import { beside } from './beside.js';
import { execute, labelsFor, prepare } from './execute.js';
import { interruption } from './failure.js';
import { hear } from './hear.js';
import { attended } from './heartbeat.js';
import { createOnceOnly } from './once-only.js';
export function createRunTool(deps, shared) {
    const onceOnly = createOnceOnly();
    return async function runTool(input, ...groups) {
        return attended(deps, async (live) => {
            const heard = await hear(deps, shared, { input, groups });
            if (heard.kind !== 'heard')
                return heard;
            const { task, messages } = heard;
            const call = lastReply(messages)?.calls?.find(({ id }) => id === input.call);
            if (!call)
                throw ApplicationFailure.nonRetryable(`The last reply requests no call ${input.call}.`, 'NoSuchCall');
            const request = { deps, task, call, input, messages, onceOnly };
            return beside(shared, { ...heard, record: input.record, live }, () => answer(request));
        });
    };
}
async function answer(request) {
    const { deps, task, call, input, messages } = request;
    const prepared = prepare(deps, task, { call, labels: labelsFor(deps, task, messages) });
    if (prepared.kind === 'refused')
        return { kind: 'ran', observation: prepared.observation };
    const { decision } = input;
    if (decision) {
        const problem = deps.verifier.problemOfDecision(task.id, decision, { ...call, chain: input.chain ?? '' });
        noteDecision(request, decision, problem);
        if (problem !== undefined)
            return { kind: 'decision_refused', id: String(decision.id), reason: problem };
        if (decision.decision === 'deny')
            return { kind: 'ran', observation: denied(call, decision) };
    }
    else if (prepared.kind === 'asks') {
        return { kind: 'ask', reason: prepared.reason };
    }
    const { tool, args } = prepared;
    const once = { deps, task, call, tool, args };
    return { kind: 'ran', observation: tool.replay === 'unsafe' ? await request.onceOnly(once) : await runSafe(once) };
}
async function runSafe({ deps, task, ...execution }) {
    const signal = Context.current().cancellationSignal;
    const observation = await execute(deps, task, { ...execution, signal });
    if (signal.aborted)
        throw interruption(undefined);
    return observation;
}
function denied(call, { reason }) {
    const why = reason === undefined || reason === '' ? '' : ` They say: ${reason}`;
    return { call: call.id, outcome: 'refused', content: `The person has denied this call.${why}` };
}
function noteDecision({ deps, task, call }, { decision, id }, problem) {
    const metadata = { call: call.id, tool: call.name, message: String(id).slice(0, 64) };
    if (problem !== undefined) {
        void deps.audit.note({ task: task.id, type: 'security_violation', description: problem, metadata });
        return;
    }
    const type = decision === 'approve' ? 'approval_granted' : 'approval_denied';
    void deps.audit.note({ task: task.id, type, description: `${call.name}: ${decision}`, metadata });
}
//# sourceMappingURL=run-tool.js.map