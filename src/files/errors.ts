/**
 * Converts file system errors to the error that a person reads, for Rookery's work directory only, and detects without
 * reading whether a file has been replaced by a rename.
 */

import { statSync } from 'node:fs';
import { RookeryError, sentenceOf } from '../domain/errors.js';

const REASONS: Readonly<Record<string, string>> = {
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
export function workdirError(doing: string, path: string, error: unknown): RookeryError {
  if (error instanceof RookeryError) return error;
  return new RookeryError('workdir', `Cannot ${doing} ${path}: ${fileProblem(error)}.`, { cause: error });
}

/** What is wrong, for a sentence that names the file. */
export function fileProblem(error: unknown): string {
  return REASONS[codeOf(error) ?? ''] ?? sentenceOf(error);
}

export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** For `.catch`: ignores errors with these codes and throws every other one. */
export function ignoring(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (codes.includes(codeOf(error) ?? '')) return undefined;
    throw error;
  };
}

/** Equal for as long as the file is the same; of one that cannot be looked at the code says why. */
export function versionOf(file: string): string {
  try {
    // Where none is, which is usual, an error would cost more than the look.
    const found = statSync(file, { throwIfNoEntry: false });
    return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : 'ENOENT';
  } catch (error) {
    return codeOf(error) ?? 'unreadable';
  }
}
