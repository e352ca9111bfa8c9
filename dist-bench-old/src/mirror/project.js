/** Projects a task onto its two files. Pure: the same task gives the same bytes, here and in a rebuild. */
import { settle } from '../domain/conversation.js';
import { DEFAULT_LIMITS } from '../domain/limits.js';
import { answerOf } from '../domain/result.js';
import { stampOf } from '../domain/stamp.js';
import { DEFAULT_SYSTEM_PROMPT } from '../domain/system-prompt.js';
import { statusOf } from '../domain/task.js';
import { checkpointCompact, checkpointToWire, completeRounds, toTextProtocol, toWire, } from '../domain/wire.js';
/** The bytes of both files; `checkpoint` null: there must be no checkpoint file. */
export function project(task) {
    const checkpoint = checkpointOf(task);
    const file = toFile(task, checkpoint && checkpointCompact(checkpoint));
    return { task: toWire(file, task.input.extra), checkpoint: checkpoint && checkpointToWire(checkpoint) };
}
/** The file of a task that has been submitted and not started. */
export function pendingFile(id, input, createdAt) {
    return {
        id,
        prompt: input.prompt,
        system_prompt: input.system_prompt ?? DEFAULT_SYSTEM_PROMPT,
        status: 'Pending',
        result: null,
        error: null,
        created_at: createdAt,
        updated_at: createdAt,
        iterations: 0,
        provider: null,
        model: null,
        checkpoint: null,
    };
}
// ---
function toFile({ id, input, record, messages }, checkpoint) {
    const { state } = record;
    return {
        ...pendingFile(id, input, input.created_at ?? stampOf(record.created_at ?? record.updated_at)),
        status: statusOf(state),
        result: state.kind === 'completed' ? answerOf(messages) : null,
        error: state.kind === 'failed' ? state.error : null,
        updated_at: stampOf(record.updated_at),
        iterations: record.iterations,
        provider: providerOf(input, record),
        model: modelOf(input, record),
        checkpoint,
    };
}
function checkpointOf({ id, input, record, messages }) {
    if (record.state.kind !== 'running')
        return null;
    const rounds = completeRounds(settle(messages, []), record.iterations);
    if (rounds.iteration < 0)
        return null;
    return {
        session_id: id,
        iteration: rounds.iteration,
        max_iterations: input.limits?.max_iterations ?? DEFAULT_LIMITS.max_iterations,
        messages: toTextProtocol(rounds.messages),
        initial_prompt: input.prompt,
        system_prompt: input.system_prompt ?? DEFAULT_SYSTEM_PROMPT,
        provider: providerOf(input, record) ?? '',
        model: modelOf(input, record) ?? '',
        enable_tools: true,
        last_checkpoint: stampOf(record.updated_at),
    };
}
function providerOf(input, { provider = input.provider ?? null }) {
    return provider;
}
function modelOf(input, { model = input.model ?? null }) {
    return model;
}
//# sourceMappingURL=project.js.map