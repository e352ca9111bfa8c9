/**
 * Turns what the file system says into the one error that a person reads. Only for files of ours: the work directory.
 */
import { RookeryError, sentenceOf } from '../domain/errors.js';
const REASONS = {
    EACCES: 'permission denied',
    EDQUOT: 'the disk quota is used up',
    EEXIST: 'something that is not a directory is in its place',
    EISDIR: 'it is a directory',
    ELOOP: 'it is a symlink, or its path has too many of them',
    EMFILE: 'too many files are open',
    ENAMETOOLONG: 'the name is too long',
    ENOENT: 'no such file or directory',
    ENOSPC: 'the disk is full',
    ENOTDIR: 'a part of its path is a file, not a directory',
    EPERM: 'the operation is not permitted',
    EROFS: 'the file system is read-only',
};
/** `doing` begins the sentence: "Cannot write /data/x.json: the disk is full." */
export function workdirError(doing, path, error) {
    if (error instanceof RookeryError)
        return error;
    const reason = REASONS[codeOf(error) ?? ''] ?? sentenceOf(error);
    return new RookeryError('workdir', `Cannot ${doing} ${path}: ${reason}.`, { cause: error });
}
export function codeOf(error) {
    if (!(error instanceof Error) || !('code' in error))
        return undefined;
    return typeof error.code === 'string' ? error.code : undefined;
}
/** For `.catch`: swallows the one absence that is no failure, and nothing else. */
export function ignoring(...codes) {
    return (error) => {
        if (codes.includes(codeOf(error) ?? ''))
            return undefined;
        throw error;
    };
}
//# sourceMappingURL=failure.js.map