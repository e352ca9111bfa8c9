/** What a task came to, from its record and its conversation. Pure. */
import { lastReply } from './conversation.js';
import { statusOf } from './task.js';
import { finalText } from './text-protocol.js';
/** The answer: the last reply's text, RavenClaws' `FINAL:` prefix stripped. */
export function answerOf(messages) {
    return finalText(lastReply(messages)?.content ?? '');
}
export function resultOf(record, messages) {
    const { state, iterations, usage, provider, model } = record;
    const status = statusOf(state);
    return {
        status: status === 'Pending' || status === 'Running' ? 'Failed' : status,
        result: state.kind === 'completed' ? answerOf(messages) : null,
        error: state.kind === 'failed' ? state.error : null,
        iterations,
        usage,
        provider,
        model,
    };
}
//# sourceMappingURL=result.js.map