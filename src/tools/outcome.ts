/**
 * How a tool answers: values that the model reads, never exceptions. File errors become sentences about the path as the
 * model gave it, so that no path of the host outside the workspace is told.
 */

import { Refusal, RookeryError, sentenceOf } from '../domain/errors.js';
import { quotedPath } from '../domain/visible.js';
import { codeOf } from '../files/errors.js';
import type { ToolContext, ToolOutcome } from './tool.js';

export function ok(content: string): ToolOutcome {
  return { outcome: 'ok', content };
}

export function failed(content: string): ToolOutcome {
  return { outcome: 'failed', content };
}

/** Wraps a tool's `run`: whatever goes wrong inside becomes `failed` with one sentence. */
export function catchingErrors<Args extends { path?: string | undefined }>(
  run: (args: Args, context: ToolContext) => Promise<ToolOutcome>,
): (args: Args, context: ToolContext) => Promise<ToolOutcome> {
  return async (args, context) => {
    try {
      context.signal.throwIfAborted();
      return await run(args, context);
    } catch (error) {
      return failed(context.signal.aborted ? 'Cancelled before it was done.' : explain(error, args.path ?? '.'));
    }
  };
}

// ---

const REASONS: Readonly<Record<string, string>> = {
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

function explain(error: unknown, path: string): string {
  if (error instanceof Refusal) return error.message;
  const root = error instanceof RookeryError && error.cause !== undefined ? error.cause : error;
  const code = codeOf(root);
  const reason = REASONS[code ?? ''] ?? code ?? sentenceOf(root);
  return `${quotedPath(path)}: ${reason}.`;
}
