/**
 * How a tool answers: values that the model reads, never exceptions. File errors become sentences about the path as the
 * model gave it, so that no path of the host outside the workspace is told.
 */
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { codeOf } from '../durable/failure.js';
/** What the model can act on, thrown inside src/tools only; `answering` makes it a value. */
export class Refusal extends Error {
}
export function ok(content) {
    return { outcome: 'ok', content };
}
export function failed(content) {
    return { outcome: 'failed', content };
}
/** Wraps a tool's `run`: whatever goes wrong inside becomes `failed` with one sentence. */
export function answering(run) {
    return async (args, context) => {
        try {
            context.signal.throwIfAborted();
            return await run(args, context);
        }
        catch (error) {
            return failed(context.signal.aborted ? 'Cancelled before it was done.' : explain(error, args.path ?? '.'));
        }
    };
}
export function quoted(path) {
    return JSON.stringify(path.length > 300 ? `${path.slice(0, 300)}…` : path);
}
// ---
const REASONS = {
    EACCES: 'permission denied',
    EDQUOT: 'the disk quota is used up',
    EEXIST: 'something else is in its place',
    EISDIR: 'it is a directory; use list_files',
    ELOOP: 'it is a symlink that cannot be followed',
    ENAMETOOLONG: 'the name is too long',
    ENOENT: 'there is no such file or directory',
    ENOSPC: 'the disk is full',
    ENOTDIR: 'a part of the path is a file, not a directory',
    ENXIO: 'it is a pipe, a socket or a device',
    EPERM: 'the operation is not permitted',
    EROFS: 'the file system is read-only',
};
function explain(error, path) {
    if (error instanceof Refusal)
        return error.message;
    const root = error instanceof RookeryError && error.cause !== undefined ? error.cause : error;
    const code = codeOf(root);
    const reason = REASONS[code ?? ''] ?? code ?? sentenceOf(root);
    return `${quoted(path)}: ${reason}.`;
}
//# sourceMappingURL=outcome.js.map