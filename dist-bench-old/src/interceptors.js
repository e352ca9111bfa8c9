/**
 * Makes a Temporal client sign: starts of `backgroundTask` and its signals. So a plain
 * `client.workflow.start('backgroundTask', { args: [{ prompt }] })` has its authority, and nobody else's has.
 */
import { randomUUID } from 'node:crypto';
import { SIGNALS, WORKFLOW_TYPE } from './domain/protocol.js';
import { microsOfMillis, stampOf } from './domain/stamp.js';
export function signingInterceptor(signer) {
    const signStart = (input) => {
        const [task, ...rest] = input.options.args;
        if (input.workflowType !== WORKFLOW_TYPE || !isUnsigned(task))
            return input;
        // What the start says, no record need say again.
        const created_at = task.created_at ?? stampOf(microsOfMillis(Date.now()));
        const args = [signer.signStart(input.options.workflowId, { ...task, created_at }), ...rest];
        return { ...input, options: { ...input.options, args } };
    };
    return {
        start: (input, next) => next(signStart(input)),
        startWithDetails: (input, next) => next(signStart(input)),
        signal(input, next) {
            if (!SIGNED.has(input.signalName))
                return next(input);
            const given = (input.args[0] ?? { id: randomUUID() });
            if (given.signature)
                return next(input);
            return next({
                ...input,
                args: [signer.signMessage(input.workflowExecution.workflowId, input.signalName, given)],
            });
        },
    };
}
/** Signals that give authority: they count only signed. */
const SIGNED = new Set(Object.values(SIGNALS));
function isUnsigned(task) {
    return typeof task === 'object' && task !== null && task.signature === undefined;
}
//# sourceMappingURL=interceptors.js.map