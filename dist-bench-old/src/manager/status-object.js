/** The status object: the twelve fields of the task file and what else is known. Shapes and pure functions. */
import { stampOf } from '../domain/stamp.js';
import { isTerminal, statusOf } from '../domain/task.js';
import { FILE_FIELDS } from '../domain/wire.js';
export const UNKNOWN_USAGE = Object.freeze({ input_tokens: null, output_tokens: null, total_tokens: null });
/** Why nothing is known of an open task beyond its file. */
export const NO_SERVER = 'no server runs; this is from the files';
/** `reason` is said of a task that has not ended. */
export function fromFiles(file, reason) {
    return { ...fieldsOf(file), detail: detailFromFiles(file.status, reason) };
}
export function detailFromFiles(status, reason) {
    const ended = isTerminal(status);
    return {
        phase: ended ? 'done' : 'queued',
        reason: ended ? null : reason,
        attempt: null,
        source: 'files',
        usage: UNKNOWN_USAGE,
        workflow: null,
        mirror: { behind_since: null },
    };
}
/** The file with what the workflow says, which may be newer. */
export function withRecord(file, record) {
    return {
        ...file,
        status: statusOf(record.state),
        error: record.state.kind === 'failed' ? record.state.error : file.error,
        updated_at: stampOf(record.updated_at),
        iterations: record.iterations,
        provider: record.provider,
        model: record.model,
    };
}
/** Only the twelve fields, in their order. */
export function fieldsOf(file) {
    return Object.fromEntries(FILE_FIELDS.map((field) => [field, file[field]]));
}
//# sourceMappingURL=status-object.js.map