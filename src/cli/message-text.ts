/** The text of a message: the words, stdin, or what the person writes in an editor. */
import { spawnSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environment } from '../config/environment.js';
import { RookeryError } from '../domain/errors.js';
import { makeTemporaryDirectory } from '../files/temporary-directory.js';
import type { VerbOptions } from './session.js';
import { decoded, fromWords } from './task-input.js';

export interface MessageSource {
  /** It is written in an editor now, and kept nowhere else. */
  readonly isEdited: boolean;
  /** Throws `usage` when there is nothing in it. */
  read(): Promise<string>;
}

/** Reads words and stdin at once; an editor opens with `read`. Throws `usage` when there is no text and no editor. */
export async function messageSource(words: readonly string[], { literal }: VerbOptions): Promise<MessageSource> {
  if (words.length > 0) {
    const text = trimmed(await fromWords(words, literal));
    return { isEdited: false, read: async () => text };
  }
  const editor = environment.VISUAL || environment.EDITOR;
  if (!editor || process.stdin.isTTY !== true)
    throw new RookeryError('usage', 'The message is missing', { hint: HINT });
  return { isEdited: true, read: async () => trimmed(await fromEditor(editor)) };
}

// ---

const HINT = 'Give it as words, as - from stdin, or set $VISUAL or $EDITOR and write it there';

function trimmed(text: string): string {
  if (text.trim() !== '') return text.trim();
  throw new RookeryError('usage', 'The message is empty', { hint: HINT });
}

/** In a file that only this user can read; the next worker removes that of a command that was killed. */
async function fromEditor(editor: string): Promise<string> {
  const directory = await makeTemporaryDirectory('message');
  const file = join(directory, 'message.md');
  try {
    await writeFile(file, '', { mode: 0o600 });
    // As git does: the variable may hold options.
    const { status, error } = spawnSync('sh', ['-c', `${editor} "$@"`, editor, file], { stdio: 'inherit' });
    if (error || status !== 0) {
      throw new RookeryError('usage', `The editor '${editor}' has failed, so nothing was sent`, { cause: error });
    }
    return decoded(await readFile(file), 'The message');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
