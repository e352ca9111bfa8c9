/**
 * Binds a person's decision to what they were shown, and checks that it still is about that. The signature says who; this says
 * about what: the task, the call, its arguments, the chain of runs, the time.
 */
import { createHash, randomUUID } from 'node:crypto';
import { canonical } from './domain/canonical.js';
import { MAX_REASON } from './domain/messages.js';
import { SIGNALS } from './domain/protocol.js';
/** `approval` as it was shown: its arguments are what is approved. */
export function signDecision(signer, workflowId, approval, answer) {
    const { call, tool, args, chain, expires } = approval;
    const decision = {
        id: randomUUID(),
        call,
        decision: answer.decision,
        args: hashOfCall({ name: tool, args }),
        chain,
        expires,
        ...(answer.reason ? { reason: answer.reason.slice(0, MAX_REASON) } : {}),
    };
    return signer.signMessage(workflowId, SIGNALS.decide, decision);
}
/** Why it does not count; undefined: it does. Nothing in it is believed before its signature is. */
export function problemOfDecision(verifier, { workflowId, now }, decision, waiting) {
    if (!verifier.verifyMessage(workflowId, SIGNALS.decide, decision))
        return 'The decision has no valid signature.';
    if (decision.call !== waiting.id)
        return 'The decision is about another call.';
    if (decision.args !== hashOfCall(waiting))
        return 'The decision is about other arguments.';
    if (decision.chain === '' || decision.chain !== waiting.chain)
        return 'The decision is about another run of this task.';
    if (!(decision.expires > now))
        return 'The decision came after its time.';
    return undefined;
}
// ---
function hashOfCall({ name, args }) {
    return createHash('sha256')
        .update(canonical([name, args]))
        .digest('hex');
}
//# sourceMappingURL=decisions.js.map